import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { loadGraph } from '../../graphs/load.ts';
import { openSavedSearch } from '../../graphs/saved/open-search.ts';
import { createSearch } from '../../graphs/search.ts';
import { renderTriple } from '../../graphs/text/render.ts';

/** One load in a heap of its own, where nothing is warm: what a command pays at its start. */
const taskSchema = z.object({
  graphLoad: z.literal(true),
  path: z.string(),
  name: z.string(),
  /** Where the saved index lies, or is made; without it the graph's files are read and indexed. */
  indexFolder: z.string().optional(),
  query: z.string(),
});
export type LoadTask = Omit<z.infer<typeof taskSchema>, 'graphLoad'>;

/** Milliseconds; `firstAnswer` is the first search after it with its lines, `cpu` the processor time of the load. */
export interface LoadTimes {
  ms: number;
  cpu: number;
  firstAnswer: number;
}

export function timeLoad(task: LoadTask, signal: AbortSignal): Promise<LoadTimes> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { ...task, graphLoad: true } });
    const stop = () => {
      void worker.terminate();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    worker.once('message', (times: LoadTimes) => resolve(times));
    worker.once('error', reject);
    worker.once('exit', () => signal.removeEventListener('abort', stop));
  });
}

async function load({ path, name, indexFolder, query }: LoadTask): Promise<LoadTimes> {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const read = () => loadGraph(path, { name });
  const search = indexFolder
    ? await openSavedSearch({ folder: indexFolder, name, load: read }, { mode: 'better' })
    : createSearch(await read());
  const loaded = performance.now();
  const { user, system } = process.cpuUsage(cpuBefore);
  search.global([query]).triples.map((triple) => renderTriple(search.graph, triple));
  return { ms: loaded - started, cpu: (user + system) / 1000, firstAnswer: performance.now() - loaded };
}

const task = isMainThread ? undefined : taskSchema.safeParse(workerData).data;
if (task) parentPort?.postMessage(await load(task));
