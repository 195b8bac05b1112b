import { type Dataset, excludedEdges, loadDataset } from '../../evals/biomaze/dataset.ts';
import {
  type Matrix,
  type MatrixMethod,
  type MatrixModel,
  readMatrix,
} from '../../evals/biomaze/matrix/matrix-file.ts';
import { matrixResults } from '../../evals/biomaze/matrix/results.ts';
import { needsGraph, needsModel } from '../../evals/biomaze/methods.ts';
import type { Question, Split } from '../../evals/biomaze/question.ts';
import { bioMazeTask } from '../../evals/biomaze/task.ts';
import type { Task } from '../../evals/harness/task.ts';
import { percent } from '../../evals/report/format.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import type { Settings } from '../config.ts';
import { InterruptedError, UsageError } from '../errors.ts';
import { isSmokeScale } from '../model/chat-model.ts';
import type { Store } from '../store/store.ts';
import { type OpenModel, openModel, openSearch, withoutModel } from './answer-setup.ts';
import { endMatrix, type MatrixProgress } from './end-matrix.ts';
import { note, printJsonLine } from './print.ts';
import { openUserStore, runBioMaze } from './run-biomaze.ts';

/** What of the command's flags a matrix goes by; its file comes before those that both can say. */
export interface MatrixFlags {
  data?: string | undefined;
  split: Split;
  limit?: number | undefined;
  sampleIds?: string[] | undefined;
  epochs: number;
  concurrency: number;
  resume?: string | true | undefined;
  minScore?: number | undefined;
  report?: string | undefined;
  json?: true | undefined;
}

/** What every cell shares. */
interface Shared {
  matrix: Matrix;
  split: Split;
  dataset: Dataset;
  dataPath: string;
  settings: Settings;
  flags: MatrixFlags;
  store: Store;
  signal: AbortSignal;
  /** By compat, opened once. */
  searches: Map<boolean, Promise<PathwaySearch>>;
}

/** Runs methods x models x seeds, cell after cell; ends with the paper's table, paired tests and a report. */
export async function evalMatrix(
  file: string,
  flags: MatrixFlags,
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  const matrix = readMatrix(file);
  const dataPath = matrix.data ?? flags.data;
  if (dataPath === undefined) {
    throw new UsageError(`${file} names no questions`, { hint: 'Add `data:` to it, or give --data.' });
  }
  if (typeof flags.resume === 'string') {
    throw new UsageError('--resume takes no run with --matrix: its cells are found by their settings');
  }
  const split = matrix.split ?? flags.split;
  const dataset = await loadDataset(dataPath, split);
  const graph = matrix.graph ?? settings.graph;
  const maxSteps = matrix.maxSteps ?? settings.maxSteps;
  const store = openUserStore();
  try {
    const shared = { matrix, split, dataset, dataPath, flags, store, signal, searches: new Map() };
    const progress = await runCells({ ...shared, settings: { ...settings, graph, maxSteps } });
    note('Intervals and paired tests …');
    const results = matrixResults(store, progress.cells, matrix.methods, split);
    const seconds = (performance.now() - startedAt) / 1000;
    await endMatrix({ ...shared, ...progress, file, results, seconds });
  } finally {
    store.close();
  }
}

function modelsOf({ matrix, settings }: Pick<Shared, 'matrix' | 'settings'>): MatrixModel[] {
  return matrix.models ?? [{ model: settings.model, label: settings.model }];
}

function seedsOf({ matrix, settings }: Pick<Shared, 'matrix' | 'settings'>): number[] {
  return matrix.seeds ?? [settings.seed];
}

async function runCells(shared: Shared): Promise<MatrixProgress> {
  const progress: MatrixProgress = { cells: [], smokeScale: false };
  const { settings, signal, flags, matrix } = shared;
  const asksModels = matrix.methods.some(({ method }) => needsModel(method));
  try {
    for (const model of modelsOf(shared)) {
      const open = asksModels
        ? await openModel(settingsFor(model, settings), signal, { parallel: flags.concurrency })
        : withoutModel();
      try {
        await runModel(shared, model, open, progress);
      } finally {
        await open.close();
      }
    }
  } catch (error) {
    // Cells that were finished are worth their table; the reason is thrown after it.
    progress.failure = signal.aborted ? signal.reason : error;
  }
  return progress;
}

function settingsFor({ model, baseUrl, apiKeyVariable }: MatrixModel, settings: Settings): Settings {
  if (apiKeyVariable === undefined) return { ...settings, model, ...(baseUrl && { baseUrl }) };
  const apiKey = process.env[apiKeyVariable];
  if (apiKey) return { ...settings, model, ...(baseUrl && { baseUrl }), apiKey };
  throw new UsageError(`the environment has no ${apiKeyVariable}, which the matrix names for ${model}`);
}

async function runModel(
  shared: Shared,
  model: MatrixModel,
  open: OpenModel,
  progress: MatrixProgress,
): Promise<void> {
  for (const method of shared.matrix.methods) {
    const asked = needsModel(method.method) ? open : withoutModel();
    const served = await asked.model.served(shared.signal);
    const smokeScale = isSmokeScale(served);
    progress.smokeScale ||= smokeScale;
    const { parameters = null, contextFrom } = served;
    const facts = { endpoint: asked.endpoint, parameters, contextFrom, smokeScale };
    for (const seed of seedsOf(shared)) {
      const task = await taskOf(shared, method, seed, asked);
      await runCell(shared, { method, model, seed }, task, facts, progress);
    }
  }
}

async function taskOf(shared: Shared, { label: _, ...entry }: MatrixMethod, seed: number, open: OpenModel) {
  const { matrix, split, dataset, settings, flags, signal } = shared;
  const search = needsGraph(entry.method) ? await searchFor(shared, entry.compat) : undefined;
  const { limit = flags.limit, sampleIds = flags.sampleIds, epochs = flags.epochs } = matrix;
  const { maxSteps } = settings;
  const options = { ...open, ...entry, search, dataset, split, limit, sampleIds, seed, epochs };
  return bioMazeTask({ ...options, maxSteps }, signal);
}

function searchFor({ searches, settings, dataset, signal }: Shared, compat: boolean): Promise<PathwaySearch> {
  const excluded = excludedEdges(dataset);
  const known = searches.get(compat) ?? openSearch(settings, { compat, excluded }, signal);
  searches.set(compat, known);
  return known;
}

interface Place {
  method: MatrixMethod;
  model: MatrixModel;
  seed: number;
}

async function runCell(
  { store, flags, signal, dataPath, matrix }: Shared,
  { method, model, seed }: Place,
  task: Task<Question>,
  facts: Record<string, string | number | boolean | null>,
  progress: MatrixProgress,
): Promise<void> {
  // The newest run of exactly these settings is the cell, whichever command began it.
  const resume = flags.resume ? store.runs.newestWith(task.name, task.settings)?.id : undefined;
  const { concurrency, json } = flags;
  const environment = { ...facts, dataPath, concurrency, matrixMethods: matrix.methods.length };
  const before = resume === undefined ? 0 : store.samples.count(resume);
  const ending = await runBioMaze(task, {
    ...{ store, concurrency, signal, environment, resume },
    ...(json && { onLine: printJsonLine }),
  });
  const { run, status, summary } = ending;
  const names = { run: run.id, method: method.label, model: model.label, seed };
  const cell = { ...names, status, n: summary.n, planned: run.planned };
  progress.cells.push(cell);
  const score = summary.balanced ?? summary.accuracy;
  if (json) printJsonLine({ type: 'cell', ...cell, kept: before === run.planned, score });
  else note(`${method.label} on ${model.label}, seed ${seed}: ${percent(score)} of ${summary.n} samples`);
  if (status === 'failed') throw ending.error;
  if (status === 'cancelled') throw new InterruptedError('interrupted');
}
