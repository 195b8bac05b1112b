import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { askOnce, type SoakReply } from './soak-client.ts';
import { type SoakRequest, soakRequests } from './soak-requests.ts';

export const soakSchema = z.object({
  clients: z.number().int(),
  seconds: z.number(),
  /** Requests that ended, by kind. */
  requests: z.record(z.string(), z.number().int()),
  /** Replies that were not what the same request gave alone. */
  wrong: z.number().int(),
  /** Requests that ended otherwise than they should. */
  failed: z.number().int(),
  /** The first few of both. */
  examples: z.array(z.string()),
  /** Bytes that the server holds over time, and in how far they grew from the first third's most to the last's. */
  memory: z.array(z.object({ second: z.number(), bytes: z.number() })),
  memoryGrowth: z.number(),
  /** Of the server's event loop, over intervals of five seconds, in milliseconds. */
  eventLoopDelayP99: z.object({ median: z.number(), most: z.number() }),
  /** Tokens of all replies together, a second. */
  tokensPerSecond: z.number(),
});
export type Soak = z.infer<typeof soakSchema>;

export interface SoakOptions {
  /** Of a server that nobody else uses, without `/v1`. */
  url: string;
  clients: number;
  seconds: number;
  onSample?: ((line: string) => void) | undefined;
  signal: AbortSignal;
}

const SAMPLE_MS = 5000;
const MOST_EXAMPLES = 10;
/** A cancelled stream is broken off after at most so many events. */
const MOST_CHUNKS = 6;

interface Tally {
  requests: Record<string, number>;
  wrong: number;
  failed: number;
  examples: string[];
}
interface Sample {
  second: number;
  bytes: number;
  delayMs: number;
  tokens: number;
}

/** Many clients at once, each with one request after the other; every reply is held against the one that was given alone. */
export async function soak(options: SoakOptions): Promise<Soak> {
  const { url, clients, seconds, signal } = options;
  const requests = soakRequests();
  const alone = new Map<SoakRequest, SoakReply>();
  for (const request of requests) {
    const chunks = request.kind === 'cancel' ? MOST_CHUNKS : undefined;
    alone.set(request, await askOnce(url, request, signal, chunks));
  }
  await readMetrics(url); // the delay counts from here
  const tally: Tally = { requests: {}, wrong: 0, failed: 0, examples: [] };
  const start = performance.now();
  const isOver = () => performance.now() - start > seconds * 1000 || signal.aborted;
  const client = async (number: number) => {
    for (let i = number * 7; !isOver(); i += 1 + (number % 5)) {
      const request = requests[i % requests.length]!;
      await check(url, request, alone.get(request)!, i, tally, signal);
    }
  };
  const samples = sampling(options, start, isOver);
  await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
  return summary(options, tally, await samples, (performance.now() - start) / 1000);
}

async function check(
  url: string,
  request: SoakRequest,
  alone: SoakReply,
  round: number,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const chunks = request.kind === 'cancel' ? 1 + (round % MOST_CHUNKS) : undefined;
  const reply = await askOnce(url, request, signal, chunks).catch((error: unknown): SoakReply => {
    return { status: 0, text: String(error), isPart: false };
  });
  if (signal.aborted) return;
  tally.requests[request.kind] = (tally.requests[request.kind] ?? 0) + 1;
  const isRight = reply.isPart ? alone.text.startsWith(reply.text) : reply.text === alone.text;
  if (reply.status !== alone.status) tally.failed++;
  else if (!isRight) tally.wrong++;
  else return;
  if (tally.examples.length >= MOST_EXAMPLES) return;
  tally.examples.push(
    `${request.kind} ${reply.status}: ${reply.text.slice(0, 200)} | alone: ${alone.text.slice(0, 200)}`,
  );
}

async function sampling(
  { url, onSample }: SoakOptions,
  start: number,
  isOver: () => boolean,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  while (!isOver()) {
    await sleep(SAMPLE_MS);
    const sample = { ...(await readMetrics(url)), second: Math.round((performance.now() - start) / 1000) };
    samples.push(sample);
    onSample?.(
      `${sample.second} s: ${Math.round(sample.bytes / 2 ** 20)} MiB, event loop p99 ${sample.delayMs.toFixed(1)} ms`,
    );
  }
  return samples;
}

async function readMetrics(url: string): Promise<Omit<Sample, 'second'>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string) =>
    Number(text.match(new RegExp(`^pathact:${name} (\\S+)$`, 'm'))?.[1] ?? Number.NaN);
  return {
    bytes: value('resident_memory_bytes'),
    delayMs: value('event_loop_delay_p99_seconds') * 1000,
    tokens: value('generation_tokens_total'),
  };
}

function summary({ clients }: SoakOptions, tally: Tally, samples: readonly Sample[], seconds: number): Soak {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const most = (part: readonly Sample[]) => Math.max(...part.map(({ bytes }) => bytes));
  const delays = samples.map(({ delayMs }) => delayMs).sort((a, b) => a - b);
  const [first, last] = [samples[0], samples.at(-1)];
  return {
    clients,
    seconds,
    ...tally,
    memory: samples.map(({ second, bytes }) => ({ second, bytes })),
    memoryGrowth: most(samples.slice(-third)) / most(samples.slice(0, third)) - 1,
    eventLoopDelayP99: { median: delays[delays.length >> 1] ?? 0, most: delays.at(-1) ?? 0 },
    tokensPerSecond:
      first && last ? (last.tokens - first.tokens) / Math.max(1, last.second - first.second) : 0,
  };
}
