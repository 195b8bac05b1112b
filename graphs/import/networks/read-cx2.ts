import { z } from 'zod';
import { MalformedFileError } from '../../../src/errors.ts';
import { DropCounts } from '../drop-counts.ts';
import { FaultCounts } from '../fault-counts.ts';
import type { Statement, StatementReader } from '../statement.ts';
import { type AspectElement, readAspects } from './cx-aspects.ts';
import { type Attributes, networkEdge, networkFacts, networkNode } from './network-statements.ts';
import { textsOf } from './read-cx.ts';

const id = z.union([z.number(), z.string().min(1)]).transform(String);
const valuesSchema = z.record(z.string(), z.unknown()).default({});
const nodeSchema = z.object({ id, v: valuesSchema });
const edgeSchema = z.object({ id: id.optional(), s: id, t: id, v: valuesSchema });
const declarationSchema = z.record(
  z.string(),
  z.record(z.string(), z.object({ a: z.string().nullish(), v: z.unknown().optional() })),
);
const statusSchema = z.object({ success: z.boolean(), error: z.string().nullish() });

const wanted = new Set([
  'CXVersion',
  'attributeDeclarations',
  'networkAttributes',
  'nodes',
  'edges',
  'status',
]);

/**
 * CX2. Nodes carry their attributes with them and come before the edges, so both are passed on as they come. Throws
 * `MalformedFileError` where the file is no CX2 or holds no network.
 */
export const readCx2: StatementReader = async function* (path, signal): AsyncGenerator<Statement> {
  const network = new Cx2Network(path);
  for await (const element of readAspects(path, wanted, signal)) yield* network.take(element);
  yield* network.end();
};

/** Short names and defaults of the attributes of nodes or edges. */
interface Declared {
  fullNames: Map<string, string>;
  defaults: Map<string, readonly string[]>;
}

class Cx2Network {
  readonly #path: string;
  readonly #drops = new DropCounts();
  readonly #faults = new FaultCounts();
  readonly #declared = new Map<string, Declared>();
  readonly #nodes = new Set<string>();
  #facts = networkFacts(new Map(), undefined);
  #isCx2 = false;
  #edges = 0;

  constructor(path: string) {
    this.#path = path;
  }

  *take({ aspect, value, line }: AspectElement): Generator<Statement> {
    if (aspect === 'CXVersion') this.#checkVersion(value, line);
    else if (!this.#isCx2) throw this.#fault('no CXVersion before the first aspect: no CX2', line);
    else if (aspect === 'attributeDeclarations') this.#declare(value);
    else if (aspect === 'networkAttributes') this.#describe(value);
    else if (aspect === 'nodes') yield* this.#node(value, line);
    else if (aspect === 'edges') yield* this.#edge(value);
    else this.#checkStatus(value, line);
  }

  *end(): Generator<Statement> {
    if (this.#nodes.size === 0 && this.#edges === 0) throw this.#fault('no nodes and edges: no network', 1);
    yield* this.#drops.statements();
    yield* this.#faults.statements();
  }

  #checkVersion(value: unknown, line: number): void {
    if (!/^2(\.|$)/.test(String(value))) throw this.#fault(`CX version ${String(value).slice(0, 20)}`, line);
    this.#isCx2 = true;
  }

  #declare(value: unknown): void {
    const parsed = declarationSchema.safeParse(value);
    if (!parsed.success) this.#drops.add('faulty elements of attributeDeclarations');
    for (const [owner, attributes] of Object.entries(parsed.data ?? {})) {
      const declared: Declared = { fullNames: new Map(), defaults: new Map() };
      for (const [name, { a, v }] of Object.entries(attributes)) {
        if (a) declared.fullNames.set(a, name);
        if (v !== undefined) declared.defaults.set(name.toLowerCase(), textsOf(v));
      }
      this.#declared.set(owner, declared);
    }
  }

  #describe(value: unknown): void {
    const parsed = valuesSchema.safeParse(value);
    if (parsed.success)
      this.#facts = networkFacts(this.#attributesOf('networkAttributes', parsed.data), undefined);
  }

  *#node(value: unknown, line: number): Generator<Statement> {
    const { data: node } = nodeSchema.safeParse(value);
    if (!node) return this.#drops.add('faulty elements of nodes');
    if (this.#nodes.has(node.id)) return this.#faults.add('nodes defined twice', node.id, line);
    this.#nodes.add(node.id);
    const attributes = this.#attributesOf('nodes', node.v);
    const [name = '', represents = ''] = ['name', 'represents'].map((key) =>
      attributes.get(key)?.[0]?.trim(),
    );
    yield networkNode({ id: node.id, name, represents, attributes }, this.#facts);
  }

  *#edge(value: unknown): Generator<Statement> {
    const { data: edge } = edgeSchema.safeParse(value);
    if (!edge) return this.#drops.add('faulty elements of edges');
    this.#edges++;
    if (!this.#nodes.has(edge.s) || !this.#nodes.has(edge.t))
      return this.#drops.add('edges to nodes that the file lacks');
    const attributes = this.#attributesOf('edges', edge.v);
    const interaction = attributes.get('interaction')?.[0] ?? '';
    yield networkEdge({ source: edge.s, target: edge.t, interaction, attributes, pmids: [] }, this.#facts);
  }

  #attributesOf(owner: string, stated: Record<string, unknown>): Attributes {
    const declared = this.#declared.get(owner);
    const attributes = new Map(declared?.defaults);
    for (const [name, value] of Object.entries(stated))
      attributes.set((declared?.fullNames.get(name) ?? name).toLowerCase(), textsOf(value));
    return attributes;
  }

  #checkStatus(value: unknown, line: number): void {
    const { data: status } = statusSchema.safeParse(value);
    if (status?.success === false)
      this.#faults.add('networks whose export failed', status.error ?? 'without a reason', line);
  }

  #fault(what: string, line: number): MalformedFileError {
    return new MalformedFileError(`${this.#path}:${line}: ${what}`, {
      hint: 'Fetch or export the network again, as CX2.',
    });
  }
}
