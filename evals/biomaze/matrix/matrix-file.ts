import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { type Ablation, ablatable } from '../../../agents/pathseeker/ablations.ts';
import { MissingError, UsageError } from '../../../src/errors.ts';
import { type MethodName, methodNames, settingsClash } from '../methods.ts';

/** Methods whose prompt takes worked examples. */
const withShots: ReadonlySet<string> = new Set(['cot', 'vanilla']);

const methodSchema = named(
  'method',
  z.strictObject({
    method: z.enum(methodNames),
    shots: z.union([z.literal(0), z.literal(2)], { error: 'It is 0 or 2.' }).optional(),
    compat: z.boolean().optional(),
    constrained: z.boolean().optional(),
    without: z.array(z.enum(ablatable)).min(1).optional(),
    label: z.string().min(1).optional(),
  }),
);

const modelSchema = named(
  'model',
  z.strictObject({
    model: z.string().min(1),
    baseUrl: z.url().optional(),
    /** The environment variable that holds the endpoint's key. */
    apiKeyVariable: z.string().min(1).optional(),
    label: z.string().min(1).optional(),
  }),
);

const fileSchema = z.strictObject({
  data: z.string().min(1).optional(),
  split: z.enum(['truefalse', 'openended']).optional(),
  methods: z.array(methodSchema).min(1),
  models: z.array(modelSchema).min(1).optional(),
  seeds: z.array(z.number().int().nonnegative()).min(1).optional(),
  limit: z.number().int().positive().optional(),
  sampleIds: z.array(z.string()).min(1).optional(),
  epochs: z.number().int().positive().optional(),
  maxSteps: z.number().int().min(1).max(1000).optional(),
  graph: z.string().min(1).optional(),
});

export interface MatrixMethod {
  /** What tells it from the others in tables, e.g. `cot 2-shot`. */
  label: string;
  method: MethodName;
  shots: 0 | 2;
  compat: boolean;
  constrained: boolean;
  without: readonly Ablation[];
}

export interface MatrixModel {
  label: string;
  model: string;
  baseUrl?: string | undefined;
  apiKeyVariable?: string | undefined;
}

/** Methods by models by seeds; what the file leaves out is undefined and decided by flags. */
export interface Matrix extends Omit<z.infer<typeof fileSchema>, 'methods' | 'models'> {
  methods: MatrixMethod[];
  models?: MatrixModel[] | undefined;
}

/**
 * Reads a matrix from YAML or JSON. Throws `UsageError` that names every wrong place (`methods[1].shots: …`), a name
 * that occurs twice too, and `MissingError` where the file is not there.
 */
export function readMatrix(file: string): Matrix {
  const parsed = fileSchema.safeParse(contentOf(file));
  if (!parsed.success) throw wrong(file, parsed.error.issues.map(issueText));
  const { methods, models, ...rest } = parsed.data;
  const matrix = {
    ...rest,
    methods: methods.map(methodOf),
    models: models?.map((model) => ({ ...model, label: model.label ?? model.model })),
  };
  const clashes = matrix.methods.flatMap(clashesOf);
  const twins = [...twinsIn('methods', matrix.methods), ...twinsIn('models', matrix.models ?? [])];
  const seeds = rest.seeds ?? [];
  if (new Set(seeds).size < seeds.length) twins.push('seeds: one of them occurs twice');
  if (clashes.length + twins.length > 0) throw wrong(file, [...clashes, ...twins]);
  return matrix;
}

/** A name alone stands for an object that holds nothing else. */
function named<S extends z.ZodType>(key: string, schema: S) {
  return z.preprocess((value) => (typeof value === 'string' ? { [key]: value } : value), schema);
}

function methodOf({ label, ...entry }: z.infer<typeof methodSchema>): MatrixMethod {
  const { method, shots = 0, compat = false, constrained = false, without = [] } = entry;
  const settings = { method, shots, compat, constrained, without };
  return { label: label ?? labelOf(settings), ...settings };
}

function labelOf({ method, shots, compat, constrained, without }: Omit<MatrixMethod, 'label'>): string {
  const told = [
    ...(withShots.has(method) ? [`${shots}-shot`] : []),
    ...(compat ? ['compat'] : []),
    ...(constrained ? ['constrained'] : []),
    ...(without.length > 0 ? [`without ${without.join(', ')}`] : []),
  ];
  return [method, ...told].join(' ');
}

function clashesOf(method: MatrixMethod, place: number): string[] {
  const clash = settingsClash(method);
  return clash === undefined ? [] : [`methods[${place}]: ${clash}`];
}

function twinsIn(name: string, items: readonly { label: string }[]): string[] {
  const labels = items.map(({ label }) => label);
  const twins = labels.map((label, i) => ({ label, i, first: labels.indexOf(label) }));
  return twins
    .filter(({ i, first }) => first < i)
    .map(({ label, i, first }) => `${name}[${i}]: "${label}" is ${name}[${first}] already; give it a label`);
}

function contentOf(file: string): unknown {
  const text = textOf(file);
  try {
    return extname(file).toLowerCase() === '.json' ? (JSON.parse(text) as unknown) : (parse(text) as unknown);
  } catch (cause) {
    const what = cause instanceof YAMLParseError ? cause.message.split('\n')[0] : String(cause);
    throw new UsageError(`${file} cannot be read: ${what}`, { hint, cause });
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MissingError(`cannot read ${file}`, { hint: 'Give --matrix a YAML or JSON file.', cause });
  }
}

const hint =
  'A matrix has methods, and may have models, seeds, data, split, limit, sampleIds, epochs, maxSteps, graph; `pathact eval biomaze --help` shows one.';

function issueText({ path, message }: z.core.$ZodIssue): string {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `${place.replace(/^\./, '') || 'the file'}: ${message}`;
}

function wrong(file: string, issues: readonly string[]): UsageError {
  const more = issues.length > 5 ? [`and ${issues.length - 5} more`] : [];
  return new UsageError(`${file} is not a matrix: ${[...issues.slice(0, 5), ...more].join('; ')}`, { hint });
}
