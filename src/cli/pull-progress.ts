import http from 'node:http'; // whole: a named import of what an older Node lacks would not even load
import type { PullEvent } from '../download/pull.ts';
import { formatBytes, note } from './print.ts';

/**
 * Tells on stderr how a pull goes: one line that is drawn over on a terminal, else a line every ten percent.
 */
export function pullReporter(
  id: string,
  stream: NodeJS.WriteStream = process.stderr,
): (event: PullEvent) => void {
  const onTerminal = stream.isTTY === true && process.env.TERM !== 'dumb';
  let lineOpen = false;
  const say = (text: string) => {
    if (lineOpen) stream.write('\n');
    lineOpen = false;
    stream.write(`${text}\n`);
  };
  const draw = (text: string) => {
    stream.write(`\r\u001b[K${text}`);
    lineOpen = true;
  };
  let meter = new Meter(0);
  return (event) => {
    switch (event.type) {
      case 'waiting':
        return say(`${id} is being pulled by process ${event.pid ?? 'unknown'}; waiting for it`);
      case 'source':
        meter = new Meter(event.heldBytes);
        return say(`pulling ${id} from ${event.source}`);
      case 'skipped':
        return say(`${event.source} ${event.reason}; moving on`);
      case 'progress': {
        const line = meter.line(
          event.receivedBytes,
          event.totalBytes,
          onTerminal ? 200 : Number.POSITIVE_INFINITY,
        );
        if (line === undefined) return;
        if (!onTerminal) return say(line);
        draw(line);
        if (event.receivedBytes >= event.totalBytes) say('');
      }
    }
  };
}

/** Decides when progress is worth a line, and knows the speed since it began. */
class Meter {
  readonly #startedAt = performance.now();
  readonly #startBytes: number;
  #lastTenth = -1;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(startBytes: number) {
    this.#startBytes = startBytes;
  }

  /** A line at every tenth, and every `everyMs` in between; undefined where there is nothing to say. */
  line(received: number, total: number, everyMs: number): string | undefined {
    const now = performance.now();
    const tenth = Math.floor((received / total) * 10);
    if (tenth === this.#lastTenth && now - this.#drawnAt < everyMs) return undefined;
    this.#lastTenth = tenth;
    this.#drawnAt = now;
    const seconds = Math.max((now - this.#startedAt) / 1000, 0.001);
    const speed = Math.max(received - this.#startBytes, 0) / 1e6 / seconds;
    const percent = Math.floor((received / total) * 100);
    return `  ${percent} % of ${formatBytes(total)}, ${speed.toFixed(1)} MB/s`;
  }
}

/**
 * Runs `work` with HTTP_PROXY, HTTPS_PROXY and NO_PROXY in force for our own requests (pip heeds them by itself).
 * Undone afterwards: the endpoint on the loopback address is never asked through a proxy.
 */
export async function throughProxy<T>(work: () => Promise<T>): Promise<T> {
  const { env } = process;
  if (!(env.HTTPS_PROXY || env.https_proxy || env.HTTP_PROXY || env.http_proxy)) return work();
  if (typeof http.setGlobalProxyFromEnv !== 'function') {
    note('this Node cannot use HTTP(S)_PROXY for the model hub (24.14 and newer can)');
    return work();
  }
  const restore = http.setGlobalProxyFromEnv();
  try {
    return await work();
  } finally {
    restore();
  }
}
