import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { PathactError, StoreError } from '../errors.ts';
import { migrations } from './migrations.ts';

type Value = string | number | null;

/** One open database file. better-sqlite3 with prepared statements kept, and its errors in our words. */
export class Connection {
  readonly file: string;
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement<Value[]>>();

  /** Prefer `openDatabase`, which also brings the schema up to date. */
  constructor(file: string) {
    this.file = file;
    this.#db = new Database(file, { timeout: 10_000 });
  }

  get(sql: string, ...values: Value[]): unknown {
    return this.#explained(() => this.#statement(sql).get(...values));
  }

  all(sql: string, ...values: Value[]): unknown[] {
    return this.#explained(() => this.#statement(sql).all(...values));
  }

  run(sql: string, ...values: Value[]): void {
    this.#explained(() => this.#statement(sql).run(...values));
  }

  /** Several statements without values, such as a migration step. */
  script(sql: string): void {
    this.#explained(() => this.#db.exec(sql));
  }

  pragma(text: string): unknown {
    return this.#explained(() => this.#db.pragma(text, { simple: true }));
  }

  /** All of `work` or nothing of it. The write lock is taken first, so what it reads stays true while it writes. */
  transaction<T>(work: () => T): T {
    return this.#explained(() => this.#db.transaction(work).immediate());
  }

  close(): void {
    this.#db.close();
  }

  #statement(sql: string): Database.Statement<Value[]> {
    const kept = this.#statements.get(sql) ?? this.#db.prepare<Value[]>(sql);
    this.#statements.set(sql, kept);
    return kept;
  }

  #explained<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.file);
    }
  }
}

/**
 * Opens the database file (`:memory:` in tests), makes its folder and brings the schema up to date.
 * WAL with `synchronous = FULL`: a committed sample survives a kill and a power cut. Throws `StoreError`.
 */
export function openDatabase(file: string): Connection {
  let connection: Connection | undefined;
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    connection = new Connection(file);
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    migrate(connection);
    return connection;
  } catch (error) {
    connection?.close();
    throw storeError(error, file);
  }
}

function migrate(connection: Connection): void {
  const version = () => connection.pragma('user_version') as number;
  if (version() > migrations.length) throw newerSchema(connection.file, version());
  if (version() === migrations.length) return;
  // Two processes that start together take turns, and the second finds the work done.
  connection.transaction(() => {
    for (const step of migrations.slice(version())) connection.script(step);
    connection.pragma(`user_version = ${migrations.length}`);
  });
}

function newerSchema(file: string, found: number): StoreError {
  return new StoreError(
    `${file} was written by a newer pathact (schema ${found}, this one knows ${migrations.length})`,
    {
      hint: 'Update pathact, or give this version a store of its own with PATHACT_HOME.',
    },
  );
}

/** The error in words, with what to do. Errors that are not SQLite's or the file system's pass unchanged. */
function storeError(error: unknown, file: string): unknown {
  if (error instanceof PathactError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return error;
  const known = explanations.find(([prefix]) => code.startsWith(prefix));
  if (known) return new StoreError(`${file}: ${known[1]}`, { hint: known[2], cause: error });
  if (!code.startsWith('SQLITE_')) return error;
  return new StoreError(`${file}: ${(error as Error).message} (${code})`, { cause: error });
}

const checkPlace = 'Check the rights of its folder, or choose another place with PATHACT_HOME.';
const resumable = 'What was finished is kept; free some space and run the same command with --resume.';
const explanations: readonly [prefix: string, message: string, hint: string][] = [
  ['SQLITE_FULL', 'the disk is full', resumable],
  ['ENOSPC', 'the disk is full', resumable],
  ['SQLITE_IOERR', 'the disk cannot be read or written', resumable],
  ['SQLITE_READONLY', 'the database cannot be written', checkPlace],
  ['SQLITE_CANTOPEN', 'the database cannot be opened', checkPlace],
  ['SQLITE_PERM', 'the database cannot be opened', checkPlace],
  ['EACCES', 'the folder cannot be written', checkPlace],
  ['EROFS', 'the folder cannot be written', checkPlace],
  ['EPERM', 'the folder cannot be written', checkPlace],
  ['ENOTDIR', 'a part of this path is a file, not a folder', checkPlace],
  ['EEXIST', 'a part of this path is a file, not a folder', checkPlace],
  [
    'SQLITE_NOTADB',
    'this is not a pathact database, or it is damaged',
    'Move it away, or restore a copy of it.',
  ],
  [
    'SQLITE_CORRUPT',
    'the database is damaged',
    'Move it away, or restore a copy (`sqlite3 FILE .recover` may save most of it).',
  ],
  ['SQLITE_BUSY', 'another process keeps the database locked', 'Wait for it to end and try again.'],
];
