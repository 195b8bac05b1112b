import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type {
  NodeStatement,
  RelationStatement,
  Statement,
  StatementReader,
} from '../../../graphs/import/statement.ts';

export interface Collected {
  nodes: NodeStatement[];
  relations: RelationStatement[];
  warnings: string[];
  dropped: Record<string, number>;
}

/** Everything a reader states of a file, sorted by kind. */
export async function collect(statements: AsyncIterable<Statement>): Promise<Collected> {
  const found: Collected = { nodes: [], relations: [], warnings: [], dropped: {} };
  for await (const statement of statements) {
    if (statement.kind === 'node') found.nodes.push(statement);
    else if (statement.kind === 'relation') found.relations.push(statement);
    else if (statement.kind === 'warning') found.warnings.push(statement.message);
    else found.dropped[statement.reason] = statement.count;
  }
  return found;
}

/** What a reader makes of a text. */
export function readTextWith(reader: StatementReader, content: string | Uint8Array): Promise<Collected> {
  return collect(reader(temporaryFile(content)));
}

export function temporaryFile(content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'pathact-import-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  writeFileSync(file, content);
  return file;
}

/** `A -> B` with its sign between: `A + B`. */
export function signedLines({ relations }: Collected): string[] {
  return relations.map(({ head, tail, evidence }) => `${head} ${evidence.sign} ${tail}`).sort();
}
