import type { DirectedGraph } from 'graphology';
import { z } from 'zod';
import { type Sign, signSchema } from '../src/run.ts';

/** One entity of a node: a gene, compound, drug, family, complex, process or phenotype. */
export interface Entity {
  /** Without prefix: `5728`, `C00031`, or in our own graph a symbol such as `PTEN`. */
  id: string;
  names: string[];
}

export const nodeKinds = [
  'gene',
  'family',
  'complex',
  'compound',
  'process',
  'phenotype',
  'drug',
  'map',
  'other',
] as const;

export interface NodeAttributes {
  /** Several entities make a group node. Order is the file's. */
  entities: Entity[];
  /** All names of the node as its lines show them (spec §1.7). */
  names: string[];
  /** The short name people use: a symbol or the first name. */
  label: string;
  kind: (typeof nodeKinds)[number];
  /** Cross references that were checked, e.g. `{ ncbi: '5728' }`. */
  xrefs: Record<string, string>;
}

/** One source's statement that head acts on tail. */
export interface Evidence {
  /** A citable id, or the graph's name; empty where the file names none. */
  source: string;
  /** Relation type: `PPrel`, `GErel`, … or our own `isa`. */
  type: string;
  subtypes: string[];
  sign: Sign;
  /** `assumed`: the source's own word leaves the direction open (a plain arrow of a drawing); stated if absent. */
  signBasis?: 'stated' | 'assumed' | undefined;
  process: string | undefined;
  pmids: string[];
  licence: string | undefined;
}

/** An evidence as files keep it. */
export const evidenceSchema: z.ZodType<Evidence> = z.object({
  source: z.string(),
  type: z.string(),
  subtypes: z.array(z.string()),
  sign: signSchema,
  signBasis: z.enum(['stated', 'assumed']).optional(),
  process: z
    .string()
    .nullish()
    .transform((id) => id ?? undefined),
  pmids: z.array(z.string()),
  licence: z
    .string()
    .nullish()
    .transform((licence) => licence ?? undefined),
});

export interface EdgeAttributes {
  type: string;
  /** De-duplicated, in first-seen order. */
  subtypes: string[];
  /** What the evidences agree on; else `conflict`. */
  sign: Sign;
  processes: { id: string; name: string }[];
  evidences: Evidence[];
}

/** What is known of one id beside its edges: field name (`NAME`, `SYMBOL`, …) to values. */
export type Entry = Readonly<Record<string, readonly string[]>>;

export interface GraphFacts {
  name: string;
  source: string;
  licence: string | undefined;
  /** SHA-256 of the file or files it was read from. */
  hash: string;
  /** `kegg`: node keys are prefixed ids (`hsa:5728`, spec §1.5). `plain`: a node's key is its only id. */
  idScheme: 'kegg' | 'plain';
  /** Edges left out and turned since, by key; absent for the graph as its files hold it. */
  altered?: { removed: string[]; flipped: string[] };
  /** By bare id, in file order; spec §1.6. May lack ids that nodes use. */
  entries: ReadonlyMap<string, Entry>;
  /** The same for the ids of processes; in KEGG's files both are one corpus. */
  processes: ReadonlyMap<string, Entry>;
}

/** A directed graph with one edge per ordered pair, read-only after load; node and edge order is the file's. */
export type PathwayGraph = DirectedGraph<NodeAttributes, EdgeAttributes, GraphFacts>;

/** A directed statement of the graph: head, relation, tail. The unit of an agent's history. */
export interface Triple {
  /** Graph edge key, stable across loads of one file: `HEAD->TAIL` by node keys. */
  edge: string;
  head: string;
  tail: string;
}
