import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { BenchOptions } from './engine.bench.ts';
import { type Measurement, measurement, spread } from './measurement.ts';
import { anonymousBytes } from './resident.ts';
import { someTokens } from './some-tokens.ts';

/** A running `pathact serve`. */
export interface Served {
  url: string;
  model: string;
  pid: number;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** Starts `pathact serve` with these flags and environment. */
export type StartServer = (
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Served>;

export interface ServedMode {
  kv: string;
  flags: readonly string[];
  /** Megabytes that `flags` give the fast tier: memory is held against it and `besideFastMb`. */
  fastMb?: number | undefined;
}

const besideFastMb = 32;
const megabyte = 1024 * 1024;
const replyTokens = 33;
const turnTokens = 64;
const samples = 3;
const settledMs = 1500;

/**
 * Milliseconds to the first token of a client of `pathact serve`: a prompt of `depth` tokens cold, the turn after it,
 * and another after the server was killed and started again. `beside` tells the server's memory, too.
 */
export async function* benchServed(
  options: BenchOptions,
  depth: number,
  { kv, flags, fastMb }: ServedMode,
): AsyncGenerator<Measurement> {
  const { subject, startServer, signal, note } = options;
  const home = await mkdtemp(join(tmpdir(), 'pathact-served-'));
  const context = String(Math.min(depth + 192, subject.facts.contextLength));
  const size = Number(context) - turnTokens - 2 * replyTokens - 1;
  const turn = (seed: number) => someTokens(turnTokens, subject.textTokens, seed);
  const prompts = Array.from({ length: depth > 8192 ? 1 : samples }, (_, seed) =>
    someTokens(Math.min(depth, size), subject.textTokens, seed + 1),
  );
  const args = ['--model', subject.file, '--ctx', context, '--parallel', '1', ...flags];
  const start = () => startServer(args, { PATHACT_HOME: home }, signal);
  let server = await start();
  try {
    await firstToken(server, someTokens(64, subject.textTokens, 99), signal);
    const idle = anonymousBytes(server.pid);
    const colds: Reply[] = [];
    const hits: Reply[] = [];
    for (const prompt of prompts) {
      note(`${kv}, ${prompt.length} tokens: cold, then the next turn`);
      colds.push(await firstToken(server, prompt, signal));
      hits.push(await firstToken(server, [...prompt, ...turn(7)], signal));
    }
    const over = anonymousBytes(server.pid) - idle;
    await settled(join(home, 'cache/kv'), signal);
    await server.kill();
    server = await start();
    await firstToken(server, someTokens(64, subject.textTokens, 99), signal);
    const restarted: Reply[] = [];
    for (const prompt of prompts) {
      note(`${kv}, ${prompt.length} tokens: after a restart`);
      restarted.push(await firstToken(server, [...prompt, ...turn(8)], signal));
    }
    const cold = median(colds.map(({ ms }) => ms));
    const tokensPerSecond = median([...colds, ...hits, ...restarted].map((reply) => reply.rate));
    const runs = prompts.length;
    const row = {
      depth: prompts[0]!.length,
      kv,
      unit: 'ms',
      better: 'less',
      peer: cold,
      against: 'cold',
      runs,
    } as const;
    for (const [what, replies] of [
      ['first token, prefix hit', hits],
      ['first token, after restart', restarted],
    ] as const) {
      const oursBy = [
        spread(
          Math.max(...options.threads),
          replies.map(({ ms }) => ms),
        ),
      ];
      const beside = { cachedTokens: median(replies.map(({ cached }) => cached)), tokensPerSecond };
      yield measurement(subject, { ...row, what, oursBy, beside });
    }
    const memory = { what: 'anonymous memory over idle', unit: 'bytes', better: 'less', kv } as const;
    const budget =
      fastMb === undefined
        ? { against: '-' }
        : { against: `a budget of ${fastMb} + ${besideFastMb} MB`, peer: (fastMb + besideFastMb) * megabyte };
    const oursBy = [spread(Math.max(...options.threads), [over])];
    const beside = { idleBytes: idle, tokensPerSecond };
    yield measurement(subject, { ...memory, depth: row.depth, oursBy, ...budget, beside });
  } finally {
    await server.kill();
    await rm(home, { recursive: true, force: true });
  }
}

interface Reply {
  /** To the first token. */
  ms: number;
  /** Tokens a second after the first. */
  rate: number;
  cached: number;
}

const chunkSchema = z.object({
  choices: z.array(z.unknown()),
  usage: z
    .object({
      completion_tokens: z.number(),
      prompt_tokens_details: z.object({ cached_tokens: z.number() }),
    })
    .nullish(),
});

async function firstToken(
  { url, model }: Served,
  prompt: readonly number[],
  signal: AbortSignal,
): Promise<Reply> {
  const body = {
    ...{ model, prompt, max_tokens: replyTokens, temperature: 0 },
    ...{ stream: true, stream_options: { include_usage: true } },
  };
  const begin = performance.now();
  const response = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw new Error(`the endpoint answers ${response.status}: ${await response.text()}`);
  let first = 0;
  let usage: z.infer<typeof chunkSchema>['usage'];
  for await (const line of eventLines(response.body!)) {
    const chunk = chunkSchema.parse(JSON.parse(line));
    if (chunk.choices.length > 0) first ||= performance.now();
    usage = chunk.usage ?? usage;
  }
  const rate = (1000 * ((usage?.completion_tokens ?? 1) - 1)) / (performance.now() - first);
  return { ms: first - begin, rate, cached: usage?.prompt_tokens_details.cached_tokens ?? 0 };
}

async function* eventLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith('data: {')) yield line.slice('data: '.length);
    }
  }
}

/** Until no file has come for a while: what a prompt computed is written behind its reply. */
async function settled(folder: string, signal: AbortSignal): Promise<void> {
  let last = -1;
  for (let files = count(folder); files !== last; files = count(folder)) {
    last = files;
    await sleep(settledMs, undefined, { signal });
  }
}

function count(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true }).length;
  } catch {
    return 0; // nothing was kept
  }
}

const median = (values: readonly number[]) => spread(0, values).median;
