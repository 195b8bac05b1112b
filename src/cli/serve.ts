import { existsSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { resolveSettings } from '../config.ts';
import { DEFAULT_PARALLEL } from '../endpoint/app.ts';
import { chatTemplateSource, chatTemplates } from '../engine/chat-templates.ts';
import { conversationMemory } from '../engine/kv-memory.ts';
import { EXIT, MissingError, PathactError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { interruptSignal } from './interrupt.ts';
import { addKvOptions, diskOf, type KvFlags, lowBitOf } from './kv-options.ts';
import { type ModelServer, type Scheduling, startModelServer } from './model-server.ts';
import { note, plain, printLine } from './print.ts';

interface Flags extends KvFlags {
  model?: string;
  host: string;
  port: number;
  ctx?: number;
  ctxOverride?: true;
  threads?: string;
  parallel: number;
  queueLimit: number;
  queueTimeout?: number;
  requestTimeout?: number;
  kvMb?: number;
  prefixCacheMb?: number;
  apiKey: string[];
  apiKeyFile?: string;
  cors: string[];
  chatTemplate?: string;
  json?: true;
}

/** The one line of `serve --json`, written once requests are answered. */
export const readySchema = z.object({
  event: z.literal('ready'),
  /** The API lies under `/v1`. */
  url: z.url(),
  model: z.string(),
  sha256: z.string(),
  context_length: z.number().int().positive(),
  parallel: z.number().int().positive(),
  simd: z.string(),
  /** Bytes of a conversation as long as the context: in memory, and SpeCache's fast tier as laid out and by its formula. */
  kv: z.object({
    mode: z.enum(['full', 'specache']),
    memory_bytes: z.number(),
    fast_bytes: z.number(),
    formula_bytes: z.number(),
  }),
  pid: z.number().int(),
});

/** Replies that still run after Ctrl-C may take this long; then their connections are closed. */
const DRAIN_MS = 30_000;

const example = `
Examples:
  pathact serve
  pathact serve --model ./Qwen2.5-1.5B-Instruct-Q4_K_M.gguf --port 8081 --ctx 16384
  pathact serve --kv specache --audit 0.05
  pathact serve --model qwen.gguf --ctx 32768 --kv specache --kv-slow file --kv-fast-mb 72
  pathact serve --api-key-file keys.txt --cors https://example.org
  pathact serve --model ./base-model.gguf --chat-template chatml
  curl http://127.0.0.1:8080/v1/chat/completions -d '{"messages":[{"role":"user","content":"Hello"}]}'

Any OpenAI client works with the base URL http://127.0.0.1:8080/v1. Ctrl-C lets running replies end; twice quits.
PATHACT_SERVE_API_KEY sets the key without showing it in the process list.`;

export function registerServe(program: Command): void {
  const command = program
    .command('serve')
    .description('serve a model on an OpenAI-compatible endpoint')
    .option(
      '--model <id|file>',
      'one of `pathact models list`, or a GGUF file (default: smollm2-135m-instruct)',
    )
    .option('--host <address>', 'address to listen on; anything but loopback lets others in', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 takes a free one', port, 8080)
    .option('--ctx <tokens>', 'tokens that prompt and reply may hold together (default: as trained)', tokens)
    .option('--ctx-override', 'allow more tokens than the model was trained on')
    .option('--threads <n>', 'threads that compute (default: the cores of this machine)')
    .option('--parallel <n>', 'requests computed at once, memory permitting', parallel, DEFAULT_PARALLEL)
    .option('--queue-limit <n>', 'requests that may wait beyond those; more get a 429', queueLimit, 256)
    .option('--queue-timeout <s>', 'how long a request may wait for its turn (default: for ever)', seconds)
    .option('--request-timeout <s>', 'how long a request may take in all (default: for ever)', seconds)
    .option(
      '--kv-mb <n>',
      'memory for keys and values of running requests (default: half of what is free)',
      megabytes,
    )
    .option(
      '--prefix-cache-mb <n>',
      'memory for those kept for later requests; 0 keeps none (default: a quarter of what is free, 2048 at most)',
      megabytes,
    );
  addKvOptions(command)
    .option('--api-key <key>', 'ask every client for this key; may be repeated', collect, [])
    .option('--api-key-file <file>', 'a file of such keys, one a line')
    .option('--cors <origin>', 'let web pages of this origin in (* for all); may be repeated', collect, [])
    .option(
      '--chat-template <name|file>',
      `how chats become prompts, for models that do not say: ${Object.keys(chatTemplates).join(', ')}, or a Jinja file`,
    )
    .option('--json', 'print the ready line as JSON')
    .addHelpText('after', example)
    .action(serve);
}

async function serve(flags: Flags): Promise<void> {
  const { settings } = resolveSettings({ model: flags.model, threads: flags.threads });
  keepHeapSmall();
  const signal = interruptSignal();
  const apiKeys = keysOf(flags);
  const server = await startModelServer(
    {
      model: settings.model,
      threads: settings.threads,
      host: flags.host,
      port: flags.port,
      contextLength: flags.ctx,
      contextOverride: flags.ctxOverride,
      lowBit: lowBitOf(flags),
      disk: diskOf(flags),
      scheduling: schedulingOf(flags),
      apiKeys,
      origins: flags.cors,
      chatTemplate: flags.chatTemplate === undefined ? undefined : chatTemplateSource(flags.chatTemplate),
      log: createLogger('info'),
    },
    signal,
  );
  tellReady(server, flags, apiKeys.length > 0);
  await aborted(signal);
  note('Stopping: running replies may end; Ctrl-C again quits.');
  await server.close(AbortSignal.timeout(DRAIN_MS));
  process.exitCode = EXIT.interrupted;
}

/**
 * V8 lets young objects take up to 48 MB, and the heap double between two collections. That is memory that long
 * conversations are to have.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=30');
}

function tellReady({ url, model, modelHash, engine }: ModelServer, flags: Flags, hasKey: boolean): void {
  const { simd, contextLength, facts } = engine;
  if (flags.json) {
    const facts = { model, sha256: modelHash, context_length: contextLength, parallel: flags.parallel, simd };
    const { memory, fast, formula } = conversationMemory(engine, contextLength);
    const kv = { mode: flags.kv, memory_bytes: memory, fast_bytes: fast, formula_bytes: formula };
    printLine(JSON.stringify(readySchema.parse({ event: 'ready', url, ...facts, kv, pid: process.pid })));
    return;
  }
  printLine(`${plain(model)} (${plain(facts.architecture)}, ${facts.quantisation}) is served at ${url}/v1`);
  printLine(`context ${contextLength} tokens, ${flags.parallel} requests at once, ${simd}; Ctrl-C stops it`);
  const isLoopback = /^(127\.|localhost$|::1$)/.test(flags.host);
  if (!isLoopback && !hasKey) note('Others on the network can use this endpoint: no --api-key is set.');
  if (contextLength > facts.contextLength) {
    note(`The model was trained on ${facts.contextLength} tokens; past them its text gets worse.`);
  }
}

function schedulingOf(flags: Flags): Scheduling {
  const bytes = (mb: number | undefined) => (mb === undefined ? undefined : mb * 1024 * 1024);
  const milliseconds = (s: number | undefined) => (s === undefined ? undefined : s * 1000);
  return {
    auditRate: flags.audit,
    parallel: flags.parallel,
    queueLimit: flags.queueLimit,
    queueTimeoutMs: milliseconds(flags.queueTimeout),
    requestTimeoutMs: milliseconds(flags.requestTimeout),
    kvBudgetBytes: bytes(flags.kvMb),
    prefixCacheBytes: bytes(flags.prefixCacheMb),
  };
}

/** Keys from flags and file, else the one from the environment. */
function keysOf({ apiKey, apiKeyFile }: Flags): string[] {
  const inFile = apiKeyFile === undefined ? [] : readKeys(apiKeyFile);
  const given = [...apiKey, ...inFile];
  const fromEnvironment = process.env.PATHACT_SERVE_API_KEY;
  return given.length === 0 && fromEnvironment ? [fromEnvironment] : given;
}

function readKeys(file: string): string[] {
  if (!existsSync(file)) throw new MissingError(`there is no file of keys at ${file}`);
  const keys = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (keys.length > 0) return keys;
  throw new PathactError(`the file ${file} has no keys`, { hint: 'Write one key a line.' });
}

const collect = (value: string, others: string[]) => [...others, value];

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,8}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}
const port = wholeNumber(0, 65_535);
const tokens = wholeNumber(16, 4_194_304);
const parallel = wholeNumber(1, 256);
const queueLimit = wholeNumber(0, 1_000_000);
const seconds = wholeNumber(1, 1_000_000);
const megabytes = wholeNumber(0, 10_000_000);
