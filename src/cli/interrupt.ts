import { EXIT, InterruptedError } from '../errors.ts';

/** One Ctrl-C can arrive twice: from the terminal, and passed on by an npm or shell in between. */
const sameKeyMs = 500;

let controller: AbortController | undefined;

/**
 * Aborts on the first Ctrl-C (or SIGTERM), so that a command can keep what is finished; the second one quits at once.
 * Every caller gets the same signal.
 */
export function interruptSignal(): AbortSignal {
  if (controller) return controller.signal;
  const stop = new AbortController();
  controller = stop;
  let firstAt = 0;
  const onSignal = () => {
    if (stop.signal.aborted && performance.now() - firstAt > sameKeyMs) process.exit(EXIT.interrupted);
    if (stop.signal.aborted) return;
    firstAt = performance.now();
    stop.abort(new InterruptedError('interrupted'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return stop.signal;
}
