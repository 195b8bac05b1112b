import { EXIT, InterruptedError } from '../errors.ts';

let controller: AbortController | undefined;

/**
 * Aborts on the first Ctrl-C (or SIGTERM), so that a command can keep what is finished; the second one quits at once.
 * Every caller gets the same signal.
 */
export function interruptSignal(): AbortSignal {
  if (controller) return controller.signal;
  const stop = new AbortController();
  controller = stop;
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort(new InterruptedError('interrupted'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return stop.signal;
}
