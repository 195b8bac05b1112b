import { createHash } from 'node:crypto';
import type { AttemptRecord } from '../../src/store/attempts.ts';
import type { RunRecord } from '../../src/store/runs.ts';
import type { SampleKey } from '../../src/store/samples.ts';
import type { Store } from '../../src/store/store.ts';
import { pairedDifference } from '../biomaze/compare.ts';
import { type KvCheck, storedKvCheck } from '../biomaze/kv-check.ts';
import { type Summary, summarise } from '../biomaze/summary.ts';
import { factsSection } from './facts.ts';
import { html, Markup } from './html.ts';
import { type Answered, filterForm, sampleSection } from './samples.ts';
import { comparisonSection, scoresSection } from './scores.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { writeFileWhole } from './write-file.ts';

/** A run with what its part of the page needs. */
interface ReportedRun {
  run: RunRecord;
  label: string;
  summary: Summary;
  kvCheck: KvCheck | undefined;
  attempts: AttemptRecord[];
}

/**
 * Writes one self-contained HTML file about one run, or several runs side by side: settings, scores, every
 * sample with its transcript. Nothing in it is loaded from elsewhere, and whatever a model, a graph or a
 * question file said is escaped. Samples are read and written one by one. Aborting leaves no file.
 */
export async function writeReport(
  store: Store,
  runs: readonly RunRecord[],
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  await writeFileWhole(file, reportPage(store, runs), signal);
}

/** The page in pieces. */
export function* reportPage(store: Store, runs: readonly RunRecord[]): Generator<string> {
  const reported = runs.map((run) => reportedRun(store, run, runs));
  yield head(reported).text;
  yield scoresSection(reported).text;
  if (reported.length > 1) yield comparison(store, reported).text;
  yield html`<h2 id="samples">Samples</h2>${filterForm(reported.map(({ label }) => label))}`.text;
  for (const key of sampleKeys(store, runs)) yield sampleSection(answersTo(store, reported, key)).text;
  yield html`<p id="none" hidden>No sample matches.</p>`.text;
  yield html`<h2>Provenance</h2>${reported.map(({ run, attempts, summary }) => factsSection(run, attempts, summary))}`
    .text;
  yield `</main><script>${script}</script></body></html>\n`;
}

/** Computed anew: the stored summary of a run that is still going, or was killed, is older than its samples. */
function reportedRun(store: Store, run: RunRecord, all: readonly RunRecord[]): ReportedRun {
  const summary = summarise(store.samples.list(run.id), Number(run.settings.seed ?? 0));
  const attempts = store.attempts.list(run.id);
  return { run, label: labelOf(run, all), summary, kvCheck: storedKvCheck(store, run.id), attempts };
}

/** The method; where that does not tell the runs apart the model too, and at last the run's id. */
function labelOf(run: RunRecord, all: readonly RunRecord[]): string {
  const names = [run.method, `${run.method} ${run.settings.model}`, `${run.method} ${run.id}`];
  const same = (i: number, other: RunRecord) =>
    [other.method, `${other.method} ${other.settings.model}`, ''][i] === names[i];
  const telling = names.findIndex((_, i) => all.filter((other) => same(i, other)).length <= 1);
  return names[telling]!;
}

function head(reported: readonly ReportedRun[]): Markup {
  const title = `BioMaze: ${reported.map(({ label }) => label).join(' and ')}`;
  // Even if some text found its way out of the escaping, the browser would run nothing but the script above.
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return html`${new Markup('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>${new Markup(style)}</style></head><body><main>
<h1>${title}</h1>
<p class="soft">${reported.map(({ run, summary }, i) => html`${i > 0 && html`<br>`}${run.method} on ${String(run.settings.model)}, ${String(run.settings.split)}, ${summary.n} of ${run.planned} samples, seed ${String(run.settings.seed)}${run.status !== 'done' && ` (${run.status})`}`)}</p>
${reported.some(isSmokeScale) && html`<p class="notice">A model below one billion parameters answered here. Its scores show that everything works; they say nothing about the method.</p>`}`;
}

function isSmokeScale({ attempts }: ReportedRun): boolean {
  return attempts.some(({ environment }) => environment.smokeScale === true);
}

function comparison(store: Store, [first, ...others]: readonly ReportedRun[]): Markup {
  const seed = Number(first!.run.settings.seed ?? 0);
  const against = ({ run, label }: ReportedRun) => ({
    label,
    difference: pairedDifference(store.samples.list(first!.run.id), store.samples.list(run.id), seed),
  });
  return comparisonSection(first!.label, others.map(against));
}

/** The first run's samples, then those that only later runs have. */
function sampleKeys(store: Store, runs: readonly RunRecord[]): SampleKey[] {
  const keys = new Map<string, SampleKey>();
  for (const { id: run } of runs)
    for (const key of store.samples.keys(run)) keys.set(`${key.epoch} ${key.id}`, key);
  return [...keys.values()];
}

function answersTo(store: Store, reported: readonly ReportedRun[], { id, epoch }: SampleKey): Answered[] {
  return reported.map(({ run, label }) => {
    const record = store.samples.get(run.id, id, epoch);
    return { label, record, events: record ? store.events.list(run.id, id, epoch) : [] };
  });
}
