import { MalformedFileError, MissingError, PathactError } from '../../src/errors.ts';
import { detectFormat } from './detect.ts';
import { type FileStatements, readFile } from './file-statements.ts';
import { type FoundFile, findFiles } from './find-files.ts';
import { readFamplex } from './identity/famplex.ts';
import { readIdentifiers } from './identity/identifiers.ts';
import { type MergedGraph, type MergeOptions, mergeFiles } from './merging/merge.ts';
import { readers } from './readers.ts';

export interface ImportOptions extends Pick<MergeOptions, 'name' | 'policy'> {
  /** The licence of a file's statements that name none. */
  licenceOf?: ((path: string) => string | undefined) | undefined;
  /** Folders of the user's mapping tables (`readIdentifiers`). */
  identifiers?: readonly string[] | undefined;
  /** The user's copy of FamPlex (`readFamplex`). */
  famplex?: string | undefined;
  onProgress?: ((done: number, total: number, file: string) => void) | undefined;
}

export interface Imported extends MergedGraph {
  /** Read, in the order of their names. */
  files: string[];
  /** Not read, and why. */
  failed: { file: string; error: string }[];
  warnings: { file: string; message: string }[];
}

/**
 * Reads every file behind paths in whatever format it has, and merges them. A file that cannot be read stops no other.
 * Throws `MalformedFileError` only where none could be.
 */
export async function importFiles(
  paths: readonly string[],
  options: ImportOptions,
  signal?: AbortSignal,
): Promise<Imported> {
  const identifiers = await readIdentifiers(options.identifiers ?? [], signal);
  const famplex = await readFamplex(options.famplex, signal);
  const { read, failed, unknown } = await readAll(paths, options, signal);
  if (read.length === 0) throw nothingRead(paths, failed);
  const { name, policy } = options;
  const source = paths.join(' ');
  const merged = mergeFiles(read, { name, policy, source, identifiers, famplex });
  if (unknown > 0) merged.report.dropped['files of no known format'] = unknown;
  return {
    ...merged,
    files: read.map(({ path }) => path),
    failed,
    warnings: read.flatMap(({ path, warnings }) => warnings.map((message) => ({ file: path, message }))),
  };
}

/** Why an import read nothing, with each file's reason for those who print them. */
export class NothingReadError extends MalformedFileError {
  readonly failed: readonly { file: string; error: string }[];

  constructor(failed: readonly { file: string; error: string }[], message: string, hint: string) {
    super(message, { hint });
    this.failed = failed;
  }
}

async function readAll(paths: readonly string[], options: ImportOptions, signal: AbortSignal | undefined) {
  const found = await findFiles(paths, signal);
  const read: FileStatements[] = [];
  const failed = [...found.failed];
  let unknown = 0;
  for (const [i, file] of found.files.entries()) {
    options.onProgress?.(i, found.files.length, file.path);
    const outcome = await readOne(file, signal);
    if (outcome === 'unknown') unknown++;
    else if ('error' in outcome) failed.push({ file: file.path, error: outcome.error });
    else read.push(licensed(outcome, options.licenceOf?.(file.path)));
  }
  options.onProgress?.(found.files.length, found.files.length, '');
  return { read, failed, unknown };
}

function licensed(file: FileStatements, licence: string | undefined): FileStatements {
  for (const { evidence } of file.relations) evidence.licence ??= licence;
  return file;
}

async function readOne(
  { path, isNamed }: FoundFile,
  signal: AbortSignal | undefined,
): Promise<FileStatements | { error: string } | 'unknown'> {
  try {
    const format = await detectFormat(path, signal);
    if (format === undefined)
      return isNamed ? { error: `${path}: in none of the formats that are read` } : 'unknown';
    return await readFile(path, readers[format], signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof PathactError)
      return isForeign(error, isNamed) ? 'unknown' : { error: error.message };
    // A reader that a file breaks is our fault, and the other files are still worth having.
    return { error: `${path}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A picture or a program in a folder is no broken pathway. */
function isForeign(error: PathactError, isNamed: boolean): boolean {
  return !isNamed && !(error instanceof MissingError) && /: not [\w-]+ text$/.test(error.message);
}

function nothingRead(
  paths: readonly string[],
  failed: readonly { file: string; error: string }[],
): NothingReadError {
  const [first] = failed;
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  const message = first ? first.error + more : `nothing to import in ${paths.join(' ')}`;
  return new NothingReadError(failed, message, '`pathact graph import --help` lists the formats.');
}
