import type { GenerationResult, Job } from './job.ts';
import { QueueTimeoutError, RequestTimeoutError } from './refusals.ts';

export interface TimeLimits {
  /** How long a request may wait, and may take in all. Default: for ever. */
  queueTimeoutMs?: number | undefined;
  requestTimeoutMs?: number | undefined;
}

/** Waits for a job's end, and brings it about on abort and when its time is up. */
export async function followJob(
  job: Job,
  { queueTimeoutMs, requestTimeoutMs }: TimeLimits,
  retryAfterSeconds: () => number,
): Promise<GenerationResult> {
  const { signal } = job.request;
  const abort = () => job.fail(signal.reason);
  const giveUpWaiting = () => {
    if (job.startedAt !== undefined) return;
    job.fail(new QueueTimeoutError(`no slot was free for ${queueTimeoutMs} ms`, retryAfterSeconds()));
  };
  const giveUp = () => job.fail(new RequestTimeoutError(`it was not done after ${requestTimeoutMs} ms`));
  const timers = [timer(queueTimeoutMs, giveUpWaiting), timer(requestTimeoutMs, giveUp)];
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await job.done;
  } finally {
    signal.removeEventListener('abort', abort);
    for (const each of timers) clearTimeout(each);
  }
}

function timer(ms: number | undefined, act: () => void): NodeJS.Timeout | undefined {
  return ms === undefined ? undefined : setTimeout(act, ms);
}
