import { cpus, loadavg } from 'node:os';
import { z } from 'zod';
import { compileChatTemplate } from '../../src/engine/chat-template.ts';
import { compileConstraint } from '../../src/engine/constraint/compile-constraint.ts';
import type { ConstraintState } from '../../src/engine/constraint/constraint.ts';
import { constraintVocabulary } from '../../src/engine/constraint/constraint-vocabulary.ts';
import type { Engine, Sequence } from '../../src/engine/engine.ts';
import { randomSource } from '../../src/engine/random.ts';
import { greedySettings, Sampler } from '../../src/engine/sampler.ts';
import type { SchemaOracle } from './schema-oracle.ts';
import { readToolSchemas, type ToolSchema } from './tool-schemas.ts';

const spreadSchema = z.object({ mean: z.number(), median: z.number(), p99: z.number(), most: z.number() });

/** The document of `bench constraint --json`. Times are of the wall clock. */
export const constraintBenchSchema = z.object({
  bench: z.literal('constraint'),
  model: z.string(),
  quantisation: z.string(),
  vocabulary: z.number().int(),
  seed: z.number().int(),
  temperature: z.number(),
  maxTokens: z.number().int(),
  schemas: z.number().int(),
  /** Replies that parse and that the validator accepts. */
  valid: z.number().int(),
  failures: z.array(z.object({ name: z.string(), reply: z.string(), reason: z.string() })),
  /** Tokens chosen from logits, and tokens that could only come next. */
  sampledTokens: z.number().int(),
  forcedTokens: z.number().int(),
  /** One schema, from its text to the first mask's automaton. */
  compileMs: spreadSchema,
  /** One token: mask, advance, forced tokens. */
  maskMs: spreadSchema,
  /** One token: forward pass at batch 1, constraint and sampling. */
  stepMs: spreadSchema,
  /** Sum of `maskMs` over sum of `stepMs`. */
  maskShare: z.number(),
  machine: z.object({ cpu: z.string(), cores: z.number().int(), simd: z.string(), load: z.number() }),
});
export type ConstraintBench = z.infer<typeof constraintBenchSchema>;

export interface ConstraintBenchOptions {
  engine: Engine;
  /** JSON-lines files of tool-calling rows. */
  files: readonly string[];
  oracle: SchemaOracle;
  schemas: number;
  seed: number;
  maxTokens: number;
  onReply?: (done: number, all: number) => void;
  signal: AbortSignal;
}

/** What the times are collected in, one value a schema or a token. */
interface Times {
  compile: number[];
  mask: number[];
  step: number[];
}

/**
 * One reply a schema, at temperature 1 and held to the schema: how many are valid, and what the masks cost beside the
 * steps that they serve. A reply may take `maxTokens`, or its shortest completion where that is longer.
 */
export async function benchConstraint(options: ConstraintBenchOptions): Promise<ConstraintBench> {
  const { engine, oracle, seed, maxTokens, signal, onReply } = options;
  const load = loadavg()[0]!;
  const tools = readToolSchemas(options.files, options.schemas, randomSource(seed));
  const times: Times = { compile: [], mask: [], step: [] };
  const failures: ConstraintBench['failures'] = [];
  const counts = { sampled: 0, forced: 0 };
  for (const [i, tool] of tools.entries()) {
    signal.throwIfAborted();
    const { reply, sampled, forced } = await answer(engine, tool, { seed: seed + i, maxTokens, times });
    counts.sampled += sampled;
    counts.forced += forced;
    const reason = check(oracle, tool, reply);
    if (reason !== undefined) failures.push({ name: tool.name, reply: reply.slice(0, 500), reason });
    onReply?.(i + 1, tools.length);
  }
  return {
    bench: 'constraint',
    model: engine.facts.name,
    quantisation: engine.facts.quantisation,
    vocabulary: engine.facts.vocabularySize,
    seed,
    temperature: 1,
    maxTokens,
    schemas: tools.length,
    valid: tools.length - failures.length,
    failures,
    sampledTokens: counts.sampled,
    forcedTokens: counts.forced,
    compileMs: spread(times.compile),
    maskMs: spread(times.mask),
    stepMs: spread(times.step),
    maskShare: sum(times.mask) / sum(times.step),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, simd: engine.simd, load },
  };
}

function check(oracle: SchemaOracle, { schema }: ToolSchema, reply: string): string | undefined {
  try {
    return oracle(schema, JSON.parse(reply));
  } catch (error) {
    return String(error);
  }
}

interface AnswerOptions {
  seed: number;
  maxTokens: number;
  times: Times;
}

async function answer(engine: Engine, tool: ToolSchema, { seed, maxTokens, times }: AnswerOptions) {
  const state = timed(times.compile, () => {
    const vocabulary = constraintVocabulary(engine.tokenizer);
    const constraint = compileConstraint({ kind: 'schema', schema: tool.schema }, vocabulary);
    return constraint.start();
  });
  const sequence = engine.createSequence();
  try {
    const sampler = new Sampler({ ...greedySettings, temperature: 1, seed });
    const length = Math.max(maxTokens, state.shortestCompletion());
    return await reply(engine, sequence, { state, sampler, length, prompt: promptOf(engine, tool), times });
  } finally {
    sequence.free();
  }
}

interface ReplyOptions {
  state: ConstraintState;
  sampler: Sampler;
  length: number;
  prompt: readonly number[];
  times: Times;
}

/** The loop of a server at batch 1: the mask is made while the forward pass runs, forced tokens need none. */
async function reply(
  engine: Engine,
  sequence: Sequence,
  { state, sampler, length, prompt, times }: ReplyOptions,
) {
  const { tokenizer } = engine;
  const tokens: number[] = [];
  let pending = prompt;
  let forced = 0;
  for (;;) {
    const began = performance.now();
    const forward = engine.forward([{ sequence, tokens: pending, logits: 'last' }]);
    let constraintMs = performance.now();
    const mask = state.mask(length - tokens.length);
    constraintMs = performance.now() - constraintMs;
    const [logits] = await forward;
    const token = sampler.sample(logits!, mask);
    const choosing = performance.now();
    state.accept(token);
    const more = state.forced(length - tokens.length - 1);
    for (const next of more) state.accept(next);
    constraintMs += performance.now() - choosing;
    // The prompt's pass is no decode step.
    if (pending !== prompt) times.step.push(performance.now() - began);
    if (pending !== prompt) times.mask.push(constraintMs);
    if (tokenizer.stopIds.has(token)) break;
    pending = [token, ...more];
    tokens.push(...pending);
    forced += more.length;
  }
  return { reply: tokenizer.decode(tokens), sampled: tokens.length - forced + 1, forced };
}

function promptOf({ facts, tokenizer }: Engine, { name, question }: ToolSchema): number[] {
  const content = `${question}\nAnswer with the arguments of the function ${name}, as JSON.`;
  if (facts.chatTemplate === undefined) return tokenizer.encode(content, { addBos: true });
  return compileChatTemplate(facts.chatTemplate, tokenizer).encode([{ role: 'user', content }]);
}

function timed<T>(into: number[], work: () => T): T {
  const began = performance.now();
  const result = work();
  into.push(performance.now() - began);
  return result;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function spread(values: readonly number[]): z.infer<typeof spreadSchema> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return {
    mean: sum(values) / Math.max(values.length, 1),
    median: at(0.5),
    p99: at(0.99),
    most: sorted.at(-1) ?? 0,
  };
}
