import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { MalformedFileError, MissingError } from '../../src/errors.ts';
import { type Question, type RawRow, readQuestion, type Split } from './question.ts';
import { questionFileExtensions, readRows } from './read-rows.ts';

export interface Dataset {
  /** In file order. */
  questions: Question[];
  files: string[];
  /** SHA-256 over the files' bytes, in the order of `files`. */
  hash: string;
}

/**
 * One split from a question file or a folder of them (parquet, JSONL, CSV). A file belongs to a split by its
 * name (`TrueFalse-00000-of-00001.parquet`, `open-ended.csv`), else row by row by a `split` column, else to
 * whichever split is asked for. Throws `MissingError` where nothing is, `MalformedFileError` naming file and
 * row for a missing column, an unknown category, a wrong label, or a question or id that occurs twice.
 */
export async function loadDataset(path: string, split: Split): Promise<Dataset> {
  const files = findFiles(path).filter((file) => (splitOfName(file) ?? split) === split);
  const rows: RawRow[] = [];
  for (const file of files) {
    for (const row of await readRows(file)) if (belongs(row, split)) rows.push(row);
  }
  if (rows.length === 0) throw noQuestions(path, split);
  const questions = rows.map((row) => readQuestion(row, split));
  refuseTwins(rows, questions, 'question');
  refuseTwins(rows, questions, 'id');
  return { questions, files, hash: hashOf(files) };
}

function findFiles(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) {
    throw new MissingError(`${path} is not there`, {
      hint: 'Give --data a question file or a folder of them, e.g. data/biomaze-mini.',
    });
  }
  if (!stats.isDirectory()) return [path];
  // The dataset's own repository keeps its parquet files one folder down.
  return [path, join(path, 'data')].flatMap(questionFilesIn);
}

function questionFilesIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const names = readdirSync(folder).filter((name) =>
    questionFileExtensions.includes(extname(name).toLowerCase()),
  );
  return names.sort().map((name) => join(folder, name));
}

function splitOfName(file: string): Split | undefined {
  return splitOf(basename(file));
}

function splitOf(text: string): Split | undefined {
  const letters = text.toLowerCase().replace(/[^a-z]/g, '');
  if (letters.includes('truefalse')) return 'truefalse';
  return letters.includes('open') ? 'openended' : undefined;
}

function belongs({ values }: RawRow, split: Split): boolean {
  return typeof values.split !== 'string' || (splitOf(values.split) ?? split) === split;
}

function noQuestions(path: string, split: Split): MalformedFileError {
  return new MalformedFileError(`${path} holds no ${split} question`, {
    hint: `Question files end in ${questionFileExtensions.join(', ')}; --split says which kind is wanted.`,
  });
}

function refuseTwins(rows: readonly RawRow[], questions: readonly Question[], key: 'question' | 'id'): void {
  const seen = new Map<string, string>();
  for (const [index, question] of questions.entries()) {
    const place = rows[index]!.place;
    const earlier = seen.get(question[key]);
    if (earlier !== undefined) {
      throw new MalformedFileError(`${place}: the same ${key} as in ${earlier}`, {
        hint: `Every ${key} must be there once, or a score counts it twice. Remove one of the rows.`,
      });
    }
    seen.set(question[key], place);
  }
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** The edges that the graph of a question set must not have: all that any of its questions excludes. */
export function excludedEdges({ questions }: Pick<Dataset, 'questions'>): string[] {
  return [...new Set(questions.flatMap(({ excluded = [] }) => excluded))];
}
