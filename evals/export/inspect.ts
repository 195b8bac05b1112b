import type { RunRecord } from '../../src/store/runs.ts';
import { errorOf, inspectSample, isoTime, modelName, usageOf } from './inspect-sample.ts';
import { jsonText } from './json-text.ts';
import { recorded, type StoredRun } from './stored-run.ts';

/**
 * A run as a log of Inspect (inspect_ai, log format 2, JSON), which `inspect view` shows and `read_eval_log` reads.
 * Metrics are ours, by their own names: failed samples count as wrong in `accuracy`.
 */
export function* inspectOf(stored: StoredRun): Generator<string> {
  const head = { version: 2, status: statuses[stored.run.status], eval: evalOf(stored) };
  const rest = { plan: planOf(stored), results: resultsOf(stored), stats: statsOf(stored) };
  const error = stored.run.error === null ? {} : { error: errorOf(stored.run.error) };
  yield `${jsonText({ ...head, ...rest, ...error }).slice(0, -1)},"samples":[`;
  let comma = '';
  for (const sample of stored.samples()) {
    yield `${comma}\n${jsonText(inspectSample(sample, stored.run))}`;
    comma = ',';
  }
  yield '\n]}\n';
}

/** A name by which `inspect view` takes a JSON file for a log: it begins with the time of the run. */
export function inspectFileName({ id, task, startedAt }: RunRecord): string {
  const time = new Date(startedAt).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${time}+00-00_${task}_${id.replaceAll('-', '')}.json`;
}

const statuses = { done: 'success', running: 'started', failed: 'error', cancelled: 'cancelled' } as const;

function evalOf(stored: StoredRun) {
  const { run } = stored;
  const { settings } = run;
  const ids = [...new Set([...stored.samples()].map(({ record }) => record.id))];
  return {
    ...{ eval_id: run.id, run_id: run.id, created: isoTime(run.startedAt) },
    ...{ task: run.task, task_id: `${run.task}-${run.id}`, task_version: 1, task_args: settings },
    ...{ task_args_passed: {}, task_attribs: {} },
    ...{ solver: run.method, solver_args: {}, tags: ['pathact'] },
    dataset: {
      ...{ name: `${run.task} ${settings.split ?? ''}`.trim(), samples: ids.length, sample_ids: ids },
      ...{ location: textOrNull(recorded(stored, 'dataPath')), shuffled: true },
    },
    ...{ model: modelName(run), model_args: {}, model_roles: {} },
    ...{ model_base_url: textOrNull(recorded(stored, 'endpoint')), model_generate_config: {} },
    config: {
      ...{ epochs: numberOr(settings.epochs, 1), epochs_reducer: ['mean'] },
      ...{ max_samples: numberOr(recorded(stored, 'concurrency'), 1), fail_on_error: false },
    },
    ...{ packages: { pathact: String(recorded(stored, 'version') ?? '') }, revision: revisionOf(stored) },
    metadata: { environment: stored.attempts.at(-1)?.environment ?? {}, note: stored.summary.note },
  };
}

function revisionOf(stored: StoredRun) {
  const git = recorded(stored, 'git') as { commit?: string; dirty?: boolean } | null | undefined;
  return git?.commit ? { type: 'git', origin: '', commit: git.commit, dirty: git.dirty ?? null } : null;
}

function planOf({ run }: StoredRun) {
  const { method, settings } = run;
  return { name: 'plan', steps: [{ solver: method, params: settings, params_passed: {} }], config: {} };
}

function resultsOf({ run, summary, samples }: StoredRun) {
  const scorers = new Map<string, { scored: number; unscored: number }>();
  for (const { record } of samples()) {
    const counts = scorers.get(record.scorer) ?? { scored: 0, unscored: 0 };
    if (record.score === null) counts.unscored++;
    else counts.scored++;
    scorers.set(record.scorer, counts);
  }
  const scores = [...scorers].map(([scorer, { scored, unscored }]) => ({
    ...{ name: scorer, scorer, reducer: 'mean', params: {} },
    ...{ scored_samples: scored, unscored_samples: unscored, metrics: metricsOf(summary) },
  }));
  return { total_samples: run.planned, completed_samples: summary.n - summary.errors, scores };
}

function metricsOf({ slices }: StoredRun['summary']) {
  const all = slices[0];
  if (!all) return {};
  const values = {
    ...{ accuracy: all.accuracy, balanced_accuracy: all.balanced },
    ...{ accuracy_low: all.accuracyInterval?.low ?? null, accuracy_high: all.accuracyInterval?.high ?? null },
    balanced_accuracy_low: all.balancedInterval?.low ?? null,
    balanced_accuracy_high: all.balancedInterval?.high ?? null,
    ...{ accuracy_without_failed: all.accuracyWithoutErrors, unparsed: all.unparsed, failed: all.errors },
  };
  const present = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(present.map(([name, value]) => [name, { name, value, params: {} }]));
}

function statsOf({ run, summary }: StoredRun) {
  const { prompt, cached, completion } = summary.tokens;
  return {
    started_at: isoTime(run.startedAt),
    ...(run.endedAt === null ? {} : { completed_at: isoTime(run.endedAt) }),
    model_usage: { [modelName(run)]: usageOf(prompt, cached, completion) },
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
