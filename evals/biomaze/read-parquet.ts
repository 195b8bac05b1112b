import { Worker } from 'node:worker_threads';
import { MalformedFileError } from '../../src/errors.ts';

const TIME_LIMIT_MS = 30_000;
const HEAP_LIMIT_MB = 1024;

/**
 * The rows of a parquet file, only those of `columns` that it has. A file that was damaged or made to harm can
 * send a decoder into a loop that no abort reaches, or ask for any amount of memory: the decoder runs in a
 * worker thread with limits on both. Throws `MalformedFileError`.
 */
export async function readParquet(
  file: string,
  columns: readonly string[],
  timeLimitMs = TIME_LIMIT_MS,
): Promise<Record<string, unknown>[]> {
  // The sibling has this module's own extension: .ts in a checkout, .js in dist/.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const worker = new Worker(new URL(`parquet-worker${extension}`, import.meta.url), {
    workerData: { file, columns },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
  });
  try {
    return await answerOf(worker, timeLimitMs);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MalformedFileError(`${file} cannot be read as parquet: ${reason}`, {
      hint: 'Is the download complete? `pathact data pull biomaze` fetches it again.',
      cause: error,
    });
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker, timeLimitMs: number): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const slow = () => reject(new Error(`reading it took longer than ${timeLimitMs / 1000} s`));
    const timer = setTimeout(slow, timeLimitMs);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('its reader ended early')));
    worker.once('exit', () => clearTimeout(timer));
  });
}
