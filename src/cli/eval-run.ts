import type { Ablation } from '../../agents/pathseeker/ablations.ts';
import { contaminationOf } from '../../evals/biomaze/contamination.ts';
import { type Dataset, excludedEdges, loadDataset } from '../../evals/biomaze/dataset.ts';
import { type MethodName, needsGraph, needsModel } from '../../evals/biomaze/methods.ts';
import type { ProbeKind } from '../../evals/biomaze/probe.ts';
import { probeTable } from '../../evals/biomaze/probe-table.ts';
import type { Split } from '../../evals/biomaze/question.ts';
import { bioMazeTask } from '../../evals/biomaze/task.ts';
import type { Settings } from '../config.ts';
import { UsageError } from '../errors.ts';
import { isSmokeScale } from '../model/chat-model.ts';
import { type OpenModel, openModel, openSearch, withoutModel } from './answer-setup.ts';
import { judgedEnding, judgeFor } from './judge-eval.ts';
import { checkKv } from './kv-check.ts';
import { printJsonLine } from './print.ts';
import { openUserStore, runBioMaze } from './run-biomaze.ts';
import { reportRun } from './run-ending.ts';

/** The flags that one run goes by. */
export interface RunFlags extends Partial<Record<keyof Settings, string>> {
  data?: string;
  method: MethodName;
  split: Split;
  limit?: number;
  sampleIds?: string[];
  epochs: number;
  concurrency: number;
  shots: string;
  compat?: true;
  constrained?: true;
  without?: Ablation[];
  resume?: string | true;
  minScore?: number;
  kvCheck?: number;
  judgeModel?: string;
  judgeBaseUrl?: string;
  sameModel?: true;
  probe?: ProbeKind;
  json?: true;
}

/** Runs one method with one model over a data set, stores it and tells what it came to. */
export async function evalRun(
  flags: RunFlags & { data: string },
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  const dataset = await loadDataset(flags.data, flags.split);
  const open = needsModel(flags.method)
    ? await openModel(settings, signal, { parallel: flags.concurrency })
    : withoutModel();
  const store = openUserStore();
  let judge: OpenModel | undefined;
  try {
    judge = await judgeFor(flags, open, signal);
    if (flags.kvCheck !== undefined) await ensureLowBit(open, signal);
    const taskFacts = { ...(await taskOptions(flags, settings, dataset, signal)), ...open, dataset };
    const task = await bioMazeTask(taskFacts, signal);
    const { concurrency, resume, json, kvCheck } = flags;
    const environment = { ...(await modelFacts(open, signal)), dataPath: flags.data, concurrency };
    const stream = json ? { onLine: printJsonLine } : {};
    const options = { store, concurrency, signal, environment, resume, ...stream };
    const ending = await runBioMaze(task, options);
    const isChecked = kvCheck !== undefined && ending.status === 'done';
    const check = isChecked
      ? await checkKv(ending.run.id, kvCheck, { ...taskFacts, model: open.inFull, signal }, options)
      : undefined;
    const judging = { store, concurrency, signal, plain: json === true };
    const scored = judge
      ? await judgedEnding(ending, { ...judging, judge })
      : { ...ending, judged: undefined };
    const { smokeScale } = environment;
    const contamination = contaminationOf(store, ending.run.id);
    const probes = probeTable(store.samples.list(ending.run.id));
    reportRun({ ...scored, smokeScale, kvCheck: check, contamination, probes }, store.file, flags);
  } finally {
    store.close();
    await open.close();
    await judge?.close();
  }
}

async function taskOptions(flags: RunFlags, settings: Settings, dataset: Dataset, signal: AbortSignal) {
  const { method, split, limit, sampleIds, epochs, probe } = flags;
  const compat = flags.compat === true;
  const excluded = excludedEdges(dataset);
  const search = needsGraph(method) ? await openSearch(settings, { compat, excluded }, signal) : undefined;
  const shots = flags.shots === '2' ? (2 as const) : (0 as const);
  const { seed, maxSteps } = settings;
  const { constrained, without } = flags;
  const options = { method, split, limit, sampleIds, epochs, probe, compat, constrained, without };
  return { ...options, search, shots, seed, maxSteps };
}

async function modelFacts({ model, endpoint }: OpenModel, signal: AbortSignal) {
  const served = await model.served(signal);
  const { parameters = null, contextFrom } = served;
  return { endpoint, parameters, contextFrom, smokeScale: isSmokeScale(served) };
}

/** Throws `UsageError` where there is no low-bit attention to check. */
async function ensureLowBit({ model, endpoint }: OpenModel, signal: AbortSignal): Promise<void> {
  const { kv } = await model.served(signal);
  if (kv === 'specache') return;
  const which = endpoint === 'own' ? 'our own endpoint of this command' : `the endpoint at ${endpoint}`;
  throw new UsageError(`--kv-check: ${which} does not use SpeCache`, {
    hint: 'Start `pathact serve --kv specache` and give its URL as --base-url.',
  });
}
