import type { Evidence, NodeAttributes } from '../pathway-graph.ts';

/** An id in a named system: `{ system: 'ncbi', id: '5728' }`. */
export interface CrossReference {
  system: 'hgnc' | 'ncbi' | 'uniprot' | 'ensembl' | 'chebi' | 'kegg' | 'symbol' | 'famplex' | 'other';
  id: string;
}

/** An entity as a file declares it. */
export interface NodeStatement {
  kind: 'node';
  /** The file's own id; relations of the same file name it. */
  id: string;
  /** Empty where the file has only ids: other files or tables may know the name. */
  label: string;
  names: readonly string[];
  nodeKind: NodeAttributes['kind'];
  references: readonly CrossReference[];
  /** NCBI taxon, e.g. `9606`; absent for compounds and where the file names none. */
  species?: string | undefined;
  /** File ids of what a complex, group or family is made of. */
  members?: readonly string[] | undefined;
}

/** A relation as a file states it: head acts on tail. A relation may come before its nodes. */
export interface RelationStatement {
  kind: 'relation';
  head: string;
  tail: string;
  processes: readonly { id: string; name: string }[];
  evidence: Evidence;
}

/** Something the file holds and a graph of signed relations does not. Counted by reason in the report. */
export interface DroppedStatement {
  kind: 'dropped';
  /** A plural noun phrase, e.g. `lines without ends`. */
  reason: string;
  count: number;
}

/** A fault of the file that reading got over. */
export interface WarningStatement {
  kind: 'warning';
  message: string;
}

export type Statement = NodeStatement | RelationStatement | DroppedStatement | WarningStatement;

/**
 * A format's reader: streams what one file states. Throws `MalformedFileError` where nothing sound can be read; stops
 * with the signal's reason on abort.
 */
export type StatementReader = (path: string, signal?: AbortSignal) => AsyncGenerator<Statement>;
