import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { contaminationOf, contaminationSchema } from '../../evals/biomaze/contamination.ts';
import { summarise, summarySchema } from '../../evals/biomaze/summary.ts';
import { percent, range } from '../../evals/report/format.ts';
import { writeReport } from '../../evals/report/report.ts';
import { directories } from '../config.ts';
import { UsageError } from '../errors.ts';
import { runEventSchema } from '../run.ts';
import { type AttemptRecord, attemptRecordSchema } from '../store/attempts.ts';
import { type Judgement, judgementSchema } from '../store/judgements.ts';
import { type RunListing, type RunRecord, runListingSchema, runRecordSchema } from '../store/runs.ts';
import { type SampleKey, sampleRecordSchema } from '../store/samples.ts';
import type { Store } from '../store/store.ts';
import { findRun, runHelp, withStore } from './find-run.ts';
import { positiveInteger } from './flag-values.ts';
import { interruptSignal } from './interrupt.ts';
import { columns, note, plain, printJson, printLine } from './print.ts';
import { writeCertificates } from './run-certificates.ts';
import { registerDiff } from './runs-diff.ts';
import { registerExport } from './runs-export.ts';
import { contaminationText, navigationText, scoreText, smokeScaleNote } from './score-text.ts';
import { transcriptText } from './transcript-text.ts';

/** `runs list --json` */
export const runsListSchema = z.object({ runs: z.array(runListingSchema) });
/** `runs show RUN --json` */
export const runShowSchema = z.object({
  run: runRecordSchema,
  attempts: z.array(attemptRecordSchema),
  /** Computed from what is stored now, also for a run that is still going. */
  summary: summarySchema,
  contamination: contaminationSchema,
});
/** `runs show RUN --sample ID --json` */
export const sampleShowSchema = z.object({
  run: z.string(),
  sample: sampleRecordSchema,
  /** Of an open answer: what judges said, the oldest first. */
  judgements: z.array(judgementSchema),
  events: z.array(z.object({ ts: z.number(), event: runEventSchema })),
});
/** `runs report RUN… --json` */
export const runReportSchema = z.object({ runs: z.array(z.string()), file: z.string() });

export function registerRuns(program: Command): void {
  const runs = program.command('runs').description('stored benchmark runs');
  runs
    .command('list', { isDefault: true })
    .description('the newest runs first')
    .option('--limit <n>', 'at most so many', positiveInteger, 50)
    .option('--json', 'one JSON document: runs[]')
    .addHelpText('after', '\nExample:\n  pathact runs list --limit 10')
    .action(withStore(list));
  runs
    .command('show')
    .argument('<run>', runHelp)
    .description('settings, provenance and scores of a run, or one of its samples')
    .option('--sample <id>', 'show this sample: question, answer, evidence, transcript')
    .option('--epoch <n>', 'of this epoch', positiveInteger, 1)
    .option('--json', 'one JSON document: run, attempts[], summary; with --sample: sample, events[]')
    .addHelpText(
      'after',
      '\nExamples:\n  pathact runs show latest\n  pathact runs show latest --sample tf-001',
    )
    .action(withStore(show));
  runs
    .command('report')
    .argument('<runs...>', `${runHelp}; several are put side by side`)
    .description('write one self-contained HTML file')
    .option('-o, --output <file>', 'where to (default: reports/ in the data directory)')
    .option('--json', 'one JSON document: runs[], file')
    .addHelpText(
      'after',
      '\nExamples:\n  pathact runs report latest -o report.html\n  pathact runs report 20261123-2310 20261123-2318',
    )
    .action(withStore(report));
  registerDiff(runs);
  registerExport(runs);
  registerCertificates(runs);
}

function registerCertificates(runs: Command): void {
  runs
    .command('certificates')
    .argument('<run>', runHelp)
    .description('the certificates of a run as JSON lines, for `pathact verify`')
    .option('--output <file>', 'where to (default: stdout)')
    .option('--json', 'they are JSON lines without it too')
    .addHelpText('after', '\nExample:\n  pathact runs certificates latest --output run.jsonl')
    .action(
      withStore((store, id: string, { output }: { output?: string }) =>
        writeCertificates(store, findRun(store, id), output),
      ),
    );
}

function list(store: Store, { limit, json }: { limit: number; json?: true }): void {
  const runs = store.runs.list(limit);
  const header = ['run', 'status', 'task', 'method', 'model', 'samples', 'failed', 'balanced (95 %)'];
  if (json) printJson({ runs });
  else if (runs.length > 0) printLines(columns([header, ...runs.map(listed)]));
  else note('No run is stored yet. `pathact eval biomaze --help` shows how to make one.');
}

function listed({
  id,
  status,
  task,
  method,
  settings,
  finished,
  planned,
  errors,
  summary,
}: RunListing): string[] {
  const known = summarySchema.partial().nullable().catch(null).parse(summary) ?? {};
  const { balanced = null, interval = null } = known;
  const score = balanced === null ? '–' : `${percent(balanced)} (${range(interval)})`;
  return [
    id,
    status,
    task,
    method,
    plain(String(settings.model)),
    `${finished}/${planned}`,
    `${errors}`,
    score,
  ];
}

function show(store: Store, id: string, flags: { sample?: string; epoch: number; json?: true }): void {
  const run = findRun(store, id);
  if (flags.sample === undefined) showRun(store, run, flags.json === true);
  else showSample(store, run, { id: flags.sample, epoch: flags.epoch }, flags.json === true);
}

function showRun(store: Store, run: RunRecord, json: boolean): void {
  const summary = summarise(store.samples.list(run.id), Number(run.settings.seed ?? 0));
  const attempts = store.attempts.list(run.id);
  const contamination = contaminationOf(store, run.id);
  if (json) printJson({ run, attempts, summary, contamination });
  else
    printLines([
      ...runText(run, attempts, summary.n),
      '',
      ...scoreText(summary),
      ...contaminationText(contamination),
      ...navigationText(summary),
      ...smokeScaleLines(attempts),
    ]);
}

function runText(run: RunRecord, attempts: readonly AttemptRecord[], finished: number): string[] {
  const reason = run.error === null ? '' : ` (${plain(run.error)})`;
  const facts = { ...run.settings, ...attempts.at(-1)?.environment };
  const rows = Object.entries(facts).filter(([, value]) => value !== null);
  return [
    `run ${run.id}: ${run.status}${reason}, ${finished} of ${run.planned} samples`,
    ...columns(rows.map(([name, value]) => [`  ${name}`, textOf(value)])),
  ];
}

function smokeScaleLines(attempts: readonly AttemptRecord[]): string[] {
  return attempts.some(({ environment }) => environment.smokeScale === true) ? [smokeScaleNote] : [];
}

function showSample(store: Store, run: RunRecord, { id, epoch }: SampleKey, json: boolean): void {
  const sample = store.samples.get(run.id, id, epoch);
  if (!sample) throw noSample(run, id, epoch, store.samples.keys(run.id));
  const events = store.events.list(run.id, id, epoch);
  const judgements = store.judgements.list(run.id, { id, epoch });
  if (json) printJson({ run: run.id, sample, judgements, events });
  else printLines([...transcriptText(sample, events), ...judgements.flatMap(judgementText)]);
}

function judgementText({ by, outcome, comment }: Judgement): string[] {
  return ['', `── ${plain(by)}: ${outcome}`, plain(comment)];
}

function noSample(run: RunRecord, id: string, epoch: number, keys: readonly SampleKey[]): UsageError {
  const some = keys.slice(0, 3).map((key) => key.id);
  return new UsageError(`run ${run.id} has no finished sample "${id}" in epoch ${epoch}`, {
    hint: some.length === 0 ? 'It has none yet.' : `Ids look like ${some.join(', ')}.`,
  });
}

async function report(
  store: Store,
  ids: string[],
  { output, json }: { output?: string; json?: true },
): Promise<void> {
  const found = [...new Map(ids.map((id) => findRun(store, id)).map((run) => [run.id, run])).values()];
  if (found.length > 4) throw new UsageError('a report holds at most four runs');
  const name = `${found.map(({ id }) => id).join('-')}.html`;
  const file = output ?? join(directories().data, 'reports', name);
  await writeReport(store, found, file, interruptSignal());
  if (json) printJson({ runs: found.map(({ id }) => id), file });
  else printLine(file);
}

function printLines(lines: readonly string[]): void {
  for (const line of lines) printLine(line);
}

function textOf(value: unknown): string {
  return plain(typeof value === 'string' ? value : JSON.stringify(value));
}
