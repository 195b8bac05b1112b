import { UsageError } from '../../src/errors.ts';
import { canonicalJson } from '../../src/store/json.ts';
import type { RunRecord, RunSettings } from '../../src/store/runs.ts';
import type { SampleKey } from '../../src/store/samples.ts';
import type { Store } from '../../src/store/store.ts';
import type { Task, TaskSample } from './task.ts';

/** What is left of a run: `kept` is finished and stays, `pending` is to be asked. */
export interface Plan<S> {
  run: RunRecord;
  resumed: boolean;
  kept: SampleKey[];
  pending: { sample: S; epoch: number }[];
}

/** A new run (`resume` undefined), the run of that id, or for `true` the newest unfinished one with equal settings. */
export function planRun<S extends TaskSample>(
  store: Store,
  task: Task<S>,
  resume: string | true | undefined,
): Plan<S> {
  const everything = Array.from({ length: task.epochs }, (_, i) => i + 1).flatMap((epoch) =>
    task.samples.map((sample) => ({ sample, epoch })),
  );
  if (resume === undefined) {
    const run = store.runs.create({ ...taskFacts(task), planned: everything.length });
    return { run, resumed: false, kept: [], pending: everything };
  }
  const run = resume === true ? findRun(store, task) : getRun(store, task, resume);
  const kept = finishedSamples(store, run.id);
  const keptKeys = new Set(kept.map(keyOf));
  const pending = everything.filter(({ sample, epoch }) => !keptKeys.has(keyOf({ id: sample.id, epoch })));
  return { run, resumed: true, kept, pending };
}

function taskFacts<S extends TaskSample>(task: Task<S>) {
  return { task: task.name, method: task.method, settings: task.settings };
}

/** Failed samples are asked again; all other endings stay as they are. */
function finishedSamples(store: Store, run: string): SampleKey[] {
  const kept: SampleKey[] = [];
  for (const { id, epoch, status } of store.samples.list(run)) {
    if (status !== 'error' && status !== 'cancelled') kept.push({ id, epoch });
  }
  return kept;
}

function keyOf({ id, epoch }: SampleKey): string {
  return `${epoch} ${id}`;
}

function findRun<S extends TaskSample>(store: Store, task: Task<S>): RunRecord {
  // A run that was finished after all has nothing left to ask: resuming it shows its table.
  const found =
    store.runs.newestUnfinished(task.name, task.settings) ?? store.runs.newestWith(task.name, task.settings);
  if (found) return found;
  const newest = store.runs.newestOf(task.name);
  throw new UsageError('there is no run with these settings to resume', {
    hint: newest
      ? `The newest run, ${newest.id}, differs in ${differences(newest.settings, task.settings).join('; ')}.`
      : 'No run has been started yet: leave --resume out.',
  });
}

function getRun<S extends TaskSample>(store: Store, task: Task<S>, id: string): RunRecord {
  const run = store.runs.get(id);
  if (!run || run.task !== task.name) {
    throw new UsageError(`there is no ${task.name} run "${id}"`, { hint: '`pathact runs list` shows all.' });
  }
  const different = differences(run.settings, task.settings);
  if (different.length === 0) return run;
  throw new UsageError(`run ${id} was made with other settings: ${different.join('; ')}`, {
    hint: 'Give the same flags as then (`pathact runs show` lists them), or start a new run without --resume.',
  });
}

/** `name: then → now` for every setting that is not the same. */
function differences(then: RunSettings, now: RunSettings): string[] {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])];
  const text = (value: unknown) => (value === undefined ? 'absent' : canonicalJson(value));
  return names
    .filter((name) => text(then[name]) !== text(now[name]))
    .map((name) => `${name}: ${clipped(text(then[name]))} → ${clipped(text(now[name]))}`);
}

function clipped(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
