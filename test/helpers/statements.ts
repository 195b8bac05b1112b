import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  NodeStatement,
  RelationStatement,
  Statement,
  StatementReader,
} from '../../graphs/import/statement.ts';
import { folderWith } from './toy-graph.ts';

export interface Stated {
  nodes: Map<string, NodeStatement>;
  relations: RelationStatement[];
  dropped: Record<string, number>;
  warnings: string[];
}

/** All that a reader states of a text. */
export async function statedIn(
  read: StatementReader,
  content: string | Uint8Array,
  file = 'file.txt',
): Promise<Stated> {
  const path = join(folderWith({}), file);
  writeFileSync(path, content);
  return statedBy(read(path));
}

export async function statedBy(statements: AsyncIterable<Statement>): Promise<Stated> {
  const stated: Stated = { nodes: new Map(), relations: [], dropped: {}, warnings: [] };
  for await (const statement of statements) {
    if (statement.kind === 'node') stated.nodes.set(statement.id, statement);
    else if (statement.kind === 'relation') stated.relations.push(statement);
    else if (statement.kind === 'dropped') stated.dropped[statement.reason] = statement.count;
    else stated.warnings.push(statement.message);
  }
  return stated;
}

/** `A + B` for each relation, by the labels of its ends. */
export function signedPairs({ nodes, relations }: Stated): string[] {
  const label = (id: string) => nodes.get(id)?.label || id;
  return relations.map(({ head, tail, evidence }) => `${label(head)} ${evidence.sign} ${label(tail)}`);
}
