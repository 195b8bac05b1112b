import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MalformedFileError } from '../../src/errors.ts';
import { type Verdict, verdictSchema } from '../../src/run.ts';
import { probeSchema } from './probe.ts';

export type Split = 'truefalse' | 'openended';

export const inquiries = ['normal', 'perturbed'] as const;
export const conditions = ['natural', 'intervened'] as const;
export const targets = ['single', 'interaction', 'function'] as const;

/** One BioMaze row (arXiv 2502.16660; columns of the dataset card), in our spelling. */
export const questionSchema = z.object({
  id: z.string(),
  question: z.string(),
  /** `Yes` or `No` in True/False, one or two sentences in open-ended. */
  answer: z.string(),
  /** The answer as a label; null in open-ended. */
  label: verdictSchema.nullable(),
  inquiry: z.enum(inquiries),
  condition: z.enum(conditions),
  target: z.enum(targets),
  abstract: z.string().optional(),
  category: z.string().optional(),
  subcategory: z.string().optional(),
  /** Columns of ours: edge ids that hold the answer, what is disturbed, what is asked for. */
  evidence: z.array(z.string()),
  perturbation: z.string().optional(),
  asked: z.string().optional(),
  /** Both polarities of one statement share it; they are resampled together. */
  pair: z.string().optional(),
  /** Edges that the graph must not have when the question is asked; ours. */
  excluded: z.array(z.string()).optional(),
  /** The question is asked on a changed graph, beside itself as it was. */
  probe: probeSchema.optional(),
});
export type Question = Readonly<z.infer<typeof questionSchema>>;

export const requiredColumns = [
  'question',
  'answer',
  'Inquiry Type',
  'Extra Condition',
  'Investigation Target',
];
export const optionalColumns = [
  ...['id', 'abs_id', 'biocategory', 'biosubcategory', 'split'],
  ...['evidence', 'perturbation', 'target', 'pair', 'excluded'],
];

/** A row as a file reader gives it, with its place for messages: `questions.csv, row 7`. */
export interface RawRow {
  readonly place: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const MAX_TEXT = 100_000;

/** Checks one row. Throws `MalformedFileError` naming file, row and column. */
export function readQuestion({ place, values }: RawRow, split: Split): Question {
  const missing = requiredColumns.find((column) => !(column in values));
  if (missing !== undefined) throw missingColumn(place, missing, values);
  const question = requiredText(values, 'question', place);
  const answer = requiredText(values, 'answer', place);
  return {
    id: text(values, 'id', place) ?? createHash('sha256').update(question).digest('hex').slice(0, 16),
    ...{ question, answer, label: split === 'truefalse' ? readLabel(answer, place) : null },
    inquiry: readCategory(values, 'Inquiry Type', inquiries, place),
    condition: readCategory(values, 'Extra Condition', conditions, place),
    target: readCategory(values, 'Investigation Target', targets, place),
    abstract: text(values, 'abs_id', place),
    category: text(values, 'biocategory', place),
    subcategory: text(values, 'biosubcategory', place),
    evidence: readList(values, 'evidence', place),
    perturbation: text(values, 'perturbation', place),
    asked: text(values, 'target', place),
    pair: text(values, 'pair', place),
    ...('excluded' in values && { excluded: readList(values, 'excluded', place) }),
  };
}

function missingColumn(place: string, column: string, values: RawRow['values']): MalformedFileError {
  const found = Object.keys(values).slice(0, 12).join(', ');
  return new MalformedFileError(`${place}: column "${column}" is missing`, {
    hint: `BioMaze files have the columns ${requiredColumns.join(', ')}; found: ${found || 'none'}.`,
  });
}

function readLabel(answer: string, place: string): Verdict {
  const label = answer.trim();
  if (label === 'Yes' || label === 'No') return label;
  throw new MalformedFileError(`${place}: the answer is ${quoted(answer)}, not Yes or No`, {
    hint: 'A True/False question has the answer Yes or No. For open questions give --split openended.',
  });
}

/** The spellings vary (`Normal`, `normal source`): the first word decides, whatever its case. */
function readCategory<T extends string>(
  values: RawRow['values'],
  column: string,
  known: readonly T[],
  place: string,
): T {
  const found = requiredText(values, column, place);
  const word = found
    .trim()
    .toLowerCase()
    .split(/[^a-z]/, 1)[0];
  const category = known.find((name) => name === word);
  if (category !== undefined) return category;
  throw new MalformedFileError(`${place}: ${column} is ${quoted(found)}, not one of ${known.join(', ')}`);
}

function requiredText(values: RawRow['values'], column: string, place: string): string {
  const found = text(values, column, place);
  if (found === undefined) throw new MalformedFileError(`${place}: column "${column}" is empty`);
  return found;
}

function text(values: RawRow['values'], column: string, place: string): string | undefined {
  const value = values[column];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'object') throw new MalformedFileError(`${place}: column "${column}" is not a text`);
  const string = String(value);
  if (string.length > MAX_TEXT) throw new MalformedFileError(`${place}: column "${column}" is too long`);
  return string.trim() === '' ? undefined : string;
}

/** A list, its JSON, or texts joined by `;`. */
function readList(values: RawRow['values'], column: string, place: string): string[] {
  const value = values[column];
  if (Array.isArray(value)) return value.map(String);
  const joined = text(values, column, place);
  if (joined === undefined) return [];
  const listed = joined.startsWith('[') ? parsedList(joined) : undefined;
  return (
    listed ??
    joined
      .split(';')
      .map((item) => item.trim())
      .filter(Boolean)
  );
}

function parsedList(json: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.map(String) : undefined;
  } catch {
    return undefined;
  }
}

function quoted(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
}
