import { z } from 'zod';
import { type Sign, signSchema } from '../../../src/run.ts';
import { bareIds } from '../../kegg-ids.ts';
import { type Evidence, evidenceSchema, type NodeAttributes, nodeKinds } from '../../pathway-graph.ts';
import { signOfSubtypes } from '../../signs.ts';
import { DropCounts } from '../drop-counts.ts';
import { crossReferences, nodeStatement, relationStatement } from '../make-statement.ts';
import { kgmlMember, kgmlReferences, kgmlSpecies } from '../pathway-maps/kgml-ids.ts';
import type { CrossReference, NodeStatement, Statement } from '../statement.ts';
import { readXml } from '../text/read-xml.ts';
import { GraphmlHandler, type GraphmlItem, type GraphmlPart } from './graphml-items.ts';

const graphicsSchema = z.object({ name: z.string() });
const subtypesSchema = z.array(
  z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]),
);
const textsSchema = z.array(z.string());
const xrefsSchema = z.record(z.string(), z.string());
const evidencesSchema = z.array(evidenceSchema);

/** Words of other programs' `interaction` beside KEGG's. */
const words: Readonly<Record<string, Sign>> = { activates: '+', inhibits: '-' };

/**
 * Reads any GraphML as a stream: BioMaze's attributes (spec §1.5) and node keys, ours, and those that Cytoscape, yEd
 * and networkx write. Edges without a direction are read from source to target, unsigned, with a warning.
 */
export async function* readGraphml(path: string, signal?: AbortSignal): AsyncGenerator<Statement> {
  const source = path.replace(/^.*[\\/]/, '').replace(/(\.(graphml|xml))?(\.gz)?$/i, '');
  const dropped = new DropCounts();
  let undirected = 0;
  for await (const part of readXml<GraphmlPart>(
    path,
    (emit, place) => new GraphmlHandler(emit, place),
    signal,
  )) {
    if (part.kind === 'hyperedge') dropped.add('hyperedges');
    else if (part.kind === 'node' && part.id === '') dropped.add('nodes without an id');
    else if (part.kind === 'node') yield* nodesOf(part);
    else if (part.source === '' || part.target === '') dropped.add('edges without two ends');
    else {
      if (!part.isDirected) undirected++;
      yield* relationsOf(part, source);
    }
  }
  if (undirected > 0) {
    yield {
      kind: 'warning',
      message: `${undirected} undirected edges are read from source to target, unsigned`,
    };
  }
  yield* dropped.statements();
}

function* nodesOf({ id, data }: GraphmlItem): Generator<NodeStatement> {
  const box = parsed(data.graphics, graphicsSchema)?.name;
  if (isKeggKey(id)) return yield* keggNodes(id, box);
  const label = box || data.label || data.name || data['shared name'] || data.symbol || data.NodeLabel || id;
  const known = nodeKinds.find((kind) => kind === data.kind);
  yield nodeStatement({
    id,
    label,
    names: parsed(data.names, textsSchema) ?? [],
    nodeKind: known ?? 'other',
    references: referencesOf(parsed(data.xrefs, xrefsSchema) ?? {}),
  });
}

/** A node of KEGG's own keys: one entity, or the family of several. */
function* keggNodes(key: string, box: string | undefined): Generator<NodeStatement> {
  const ids = key.split(' ').filter((word) => word.includes(':'));
  for (const [i, id] of ids.entries()) {
    const nodeKind = keggKind(id);
    const gene = nodeKind === 'gene' ? { species: kgmlSpecies(id, 'hsa') } : {};
    const member = kgmlMember(id, i === 0 ? box : undefined);
    // A node's key may be its only id.
    const named = ids.length === 1 ? { ...member, id: key } : member;
    yield nodeStatement({ ...named, nodeKind, references: kgmlReferences(id), ...gene });
  }
  if (ids.length > 1) yield nodeStatement({ id: key, label: '', nodeKind: 'family', members: ids });
}

function isKeggKey(key: string): boolean {
  return (
    key.split(' ').every((word) => /^(hsa|ko|cpd|gl|dr|path|network|undefined):?\w*$/.test(word)) &&
    bareIds(key).length > 0
  );
}

function keggKind(id: string): NodeAttributes['kind'] {
  const prefix = id.slice(0, id.indexOf(':'));
  if (prefix === 'hsa' || prefix === 'ko') return 'gene';
  if (prefix === 'cpd' || prefix === 'gl') return 'compound';
  return prefix === 'dr' ? 'drug' : 'map';
}

function* relationsOf({ source, target, data, isDirected }: GraphmlItem, name: string): Generator<Statement> {
  const maps = [...(parsed(data.hsa, textsSchema) ?? []), ...(parsed(data.pathway, textsSchema) ?? [])];
  const processes = maps.map((id) => ({ id, name: id }));
  const evidences = parsed(data.evidences, evidencesSchema) ?? [evidenceOf(data, isDirected, name)];
  for (const evidence of evidences) yield relationStatement(source, target, evidence, processes);
}

function evidenceOf(
  data: GraphmlItem['data'],
  isDirected: boolean,
  source: string,
): Partial<Evidence> & Pick<Evidence, 'type' | 'source'> {
  const type = data.type || data.interaction || data['shared interaction'] || data.relation || 'interaction';
  const subtypes = parsed(data.subtypes, subtypesSchema) ?? [];
  const stated = signSchema.safeParse(data.sign).data;
  const sign = stated ?? words[type.toLowerCase()] ?? signOfSubtypes([...subtypes, type.toLowerCase()]);
  return { source, type, subtypes, sign: isDirected ? sign : '0' };
}

function referencesOf(xrefs: Readonly<Record<string, string>>): CrossReference[] {
  return Object.entries(xrefs).flatMap(([system, id]) => crossReferences(system, id));
}

/** A JSON attribute; undefined where it is absent or something else under that name. */
function parsed<T>(text: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (text === undefined || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
