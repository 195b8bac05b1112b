import { DropCounts } from '../drop-counts.ts';
import { FaultCounts } from '../fault-counts.ts';
import type { Statement, StatementReader } from '../statement.ts';
import { TextPool } from '../text/text-pool.ts';
import { gmlFault, gmlTokens } from './gml-tokens.ts';
import {
  type Attributes,
  type NetworkFacts,
  networkEdge,
  networkFacts,
  networkNode,
} from './network-statements.ts';

/** A node or edge as its list gives it: keys in small letters, lists within it passed over. */
interface GmlRecord {
  kind: 'node' | 'edge' | 'graph';
  values: Map<string, string[]>;
  line: number;
}

const maxDepth = 64;

/**
 * GML as Cytoscape, yEd and igraph write it. An edge's sign is what its `interaction` or label says; arrowheads of
 * pictures are not read. Throws `MalformedFileError` where the brackets do not match or there is no graph.
 */
export const readGml: StatementReader = async function* (path, signal): AsyncGenerator<Statement> {
  const graph = new GmlGraph(path);
  for await (const record of gmlRecords(path, signal)) yield* graph.take(record);
  yield* graph.end();
};

/** The nodes and edges of the graph, as they end, and the graph itself last. */
async function* gmlRecords(path: string, signal?: AbortSignal): AsyncGenerator<GmlRecord> {
  const open: { key: string; record: GmlRecord | undefined; line: number }[] = [];
  const pool = new TextPool();
  let key: string | undefined;
  for await (const { kind, value, line } of gmlTokens(path, signal)) {
    const holder = open.at(-1);
    if (kind === 'close') {
      if (!holder || key !== undefined)
        throw gmlFault(path, key ? `no value for ${key}` : 'a ] too many', line);
      open.pop();
      if (holder.record) yield holder.record;
    } else if (key === undefined) {
      if (kind !== 'word' || !/^[A-Za-z_]/.test(value))
        throw gmlFault(path, `${quoted(value)} where a key belongs`, line);
      key = value;
    } else if (kind === 'open') {
      if (open.length >= maxDepth) throw gmlFault(path, `lists nested deeper than ${maxDepth}`, line);
      const isInGraph = holder?.record?.kind === 'graph';
      open.push({ key, record: recordOf(key, open.length === 0, isInGraph, line), line });
      key = undefined;
    } else {
      put(holder?.record, pool.keep(key), pool.keep(value));
      key = undefined;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed)
    throw gmlFault(path, `the file ends within the ${unclosed.key} of line ${unclosed.line}`, unclosed.line);
  if (key !== undefined) throw gmlFault(path, `the file ends after the key ${quoted(key)}`, 1);
}

function recordOf(
  key: string,
  isOutermost: boolean,
  isInGraph: boolean,
  line: number,
): GmlRecord | undefined {
  const kind = key.toLowerCase();
  if (isOutermost && kind === 'graph') return { kind, values: new Map(), line };
  if (isInGraph && (kind === 'node' || kind === 'edge')) return { kind, values: new Map(), line };
  return undefined;
}

function put(record: GmlRecord | undefined, key: string, value: string): void {
  const name = key.toLowerCase();
  const known = record?.values.get(name);
  if (known) known.push(value);
  else record?.values.set(name, [value]);
}

const quoted = (text: string) => JSON.stringify(text.slice(0, 40));

class GmlGraph {
  readonly #path: string;
  readonly #drops = new DropCounts();
  readonly #faults = new FaultCounts();
  readonly #nodes = new Map<string, Attributes>();
  /** Held to the end: what the graph says of itself may follow them. */
  readonly #edges: Attributes[] = [];
  #facts: { values: Attributes; network: NetworkFacts } | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  *take({ kind, values, line }: GmlRecord): Generator<Statement> {
    if (kind === 'node') this.#addNode(values, line);
    else if (kind === 'edge') this.#edges.push(values);
    else if (this.#facts) throw gmlFault(this.#path, 'more than one graph', line);
    else {
      this.#facts = { values, network: factsOf(values) };
      for (const [id, node] of this.#nodes) yield networkNode(nodeOf(id, node), this.#facts.network);
      for (const edge of this.#edges) yield* this.#edge(edge, this.#facts.network);
    }
  }

  *end(): Generator<Statement> {
    if (!this.#facts) throw gmlFault(this.#path, 'no graph [ … ]: this is no GML', 1);
    if (this.#nodes.size === 0) throw gmlFault(this.#path, 'a graph without nodes', 1);
    yield* this.#drops.statements();
    yield* this.#faults.statements();
  }

  #addNode(values: Attributes, line: number): void {
    const id = values.get('id')?.[0];
    if (id === undefined || id === '') this.#drops.add('nodes without an id');
    else if (this.#nodes.has(id)) this.#faults.add('nodes defined twice', id, line);
    else this.#nodes.set(id, values);
  }

  *#edge(values: Attributes, facts: NetworkFacts): Generator<Statement> {
    const [source, target] = [values.get('source')?.[0], values.get('target')?.[0]];
    if (source === undefined || target === undefined) return this.#drops.add('edges without both ends');
    if (!this.#nodes.has(source) || !this.#nodes.has(target))
      return this.#drops.add('edges to nodes that the file lacks');
    const interaction = values.get('interaction')?.[0] ?? values.get('label')?.[0] ?? '';
    const attributes = new Map(values).set('directed', [this.#isDirected(values) ? 'true' : 'false']);
    yield networkEdge({ source, target, interaction, attributes, pmids: [] }, facts);
  }

  /** An edge's own word, else the graph's; GML's rule is undirected, but most writers leave the word out. */
  #isDirected(edge: Attributes): boolean {
    const stated = edge.get('directed')?.[0] ?? this.#facts?.values.get('directed')?.[0] ?? '1';
    return !/^(0|n|no|false)$/i.test(stated);
  }
}

function factsOf(values: Attributes): NetworkFacts {
  const name = values.get('name')?.[0] || values.get('label')?.[0] || '';
  return networkFacts(new Map(values).set('name', [name]), undefined);
}

function nodeOf(id: string, attributes: Attributes) {
  const name = (attributes.get('label')?.[0] || attributes.get('name')?.[0] || '').trim();
  return { id, name, represents: '', attributes };
}
