import { resultOf, type StoredRun, type StoredSample } from './stored-run.ts';

type Cell = string | number | boolean | null | undefined;

/** Column names with what stands in them. */
const columns: Readonly<Record<string, (sample: StoredSample, of: StoredRun) => Cell>> = {
  run: (_, { run }) => run.id,
  method: (_, { run }) => run.method,
  model: (_, { run }) => String(run.settings.model ?? ''),
  run_seed: (_, { run }) => Number(run.settings.seed ?? 0),
  id: ({ record }) => record.id,
  epoch: ({ record }) => record.epoch,
  result: (sample) => resultOf(sample),
  score: ({ record }) => record.score,
  scorer: ({ record }) => record.scorer,
  label: ({ question }) => question.label,
  verdict: ({ record }) => record.outcome?.verdict,
  unparsed: ({ record }) => record.outcome?.unparsed,
  uncertain: ({ record }) => record.outcome?.uncertain,
  status: ({ record }) => record.status,
  stop: ({ record }) => record.outcome?.stop,
  steps: ({ record }) => record.outcome?.steps,
  evidence_lines: ({ record }) => record.outcome?.evidence.length,
  connected: ({ record }) => record.outcome?.connected,
  inquiry: ({ question }) => question.inquiry,
  condition: ({ question }) => question.condition,
  target: ({ question }) => question.target,
  category: ({ question }) => question.category,
  subcategory: ({ question }) => question.subcategory,
  pair: ({ question }) => question.pair,
  question: ({ question }) => question.question,
  expected: ({ question }) => question.answer,
  answer: ({ record }) => record.outcome?.answer,
  error: ({ record }) => record.error,
  seed: ({ record }) => record.seed,
  model_calls: ({ record }) => record.modelCalls,
  prompt_tokens: ({ record }) => record.promptTokens,
  cached_tokens: ({ record }) => record.cachedTokens,
  completion_tokens: ({ record }) => record.completionTokens,
  ms: ({ record }) => Math.round(record.ms),
  ended_at: ({ record }) => new Date(record.endedAt).toISOString(),
};

/** RFC 4180: a header row, CRLF at line ends, UTF-8. Empty cells are what a sample does not have. */
export function* csvOf(stored: StoredRun): Generator<string> {
  yield row(Object.keys(columns));
  for (const sample of stored.samples()) yield row(Object.values(columns).map((of) => of(sample, stored)));
}

function row(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * One cell. Text that a spreadsheet would run as a formula gets an apostrophe before it, which spreadsheets show as
 * text: what a model or a question file wrote must not compute or call anything. Numbers stay numbers.
 */
export function csvCell(value: Cell): string {
  if (typeof value !== 'string') return value === null || value === undefined ? '' : String(value);
  const text = startsFormula(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Blanks and control characters before the sign are skipped, full-width signs are read as signs, by some programs. */
function startsFormula(text: string): boolean {
  return /^[\s\p{Cc}]*[=+\-@＝＋－＠]/u.test(text) || /^[\t\r\n]/.test(text);
}
