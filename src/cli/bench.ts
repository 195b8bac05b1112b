import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import {
  type BenchTask,
  benchEngine,
  type Measurement,
  measurementSchema,
} from '../../evals/bench/engine.bench.ts';
import { decisiveMargin, measureParity, type Parity, paritySchema } from '../../evals/bench/engine-parity.ts';
import { parityLines } from '../../evals/bench/parity-lines.ts';
import { parityPrompts } from '../../evals/bench/parity-prompts.ts';
import { parityText } from '../../evals/bench/parity-text.ts';
import { enginePeer, loadPeer, missingPeer } from '../../evals/bench/peer.ts';
import { type PeerName, peers, setUpPeer } from '../../evals/bench/setup.ts';
import { directories, resolveSettings } from '../config.ts';
import { loadEngine } from '../engine/load-engine.ts';
import { MissingError, ThresholdMissedError } from '../errors.ts';
import { registerConstraintBench } from './bench-constraint.ts';
import { registerBenchServing } from './bench-serving.ts';
import { registerBenchSoak } from './bench-soak.ts';
import { interruptSignal } from './interrupt.ts';
import { locateModel } from './model-files.ts';
import { packageRoot } from './package-root.ts';
import { columns, note, plain, printJson, printLine } from './print.ts';

/** Last line of `bench engine --json`. Ratios: our best over the peer's best, whichever thread count that was. */
export const engineBenchSummarySchema = z.object({
  type: z.literal('summary'),
  peer: z.string().nullable(),
  decodeRatio: z.number().nullable(),
  prefillRatio: z.number().nullable(),
});

const parityLineCount = 1000;

export function registerBench(program: Command): void {
  const bench = program.command('bench').description('measurements, side by side with the peers they name');
  bench
    .command('engine')
    .description(`decode and prefill tokens/s of our engine and of ${enginePeer.name}, from one run`)
    .option('--model <id>', 'a model id or a GGUF file')
    .option('--threads <n>', 'only this number of threads (default: 1 and 2)', threadCount)
    .option('--json', 'one JSON line a measurement, a summary last')
    .addHelpText('after', '\nExample:\n  pathact bench setup engine\n  pathact bench engine --json')
    .action(engine);
  bench
    .command('parity')
    .description(`logits, greedy continuations and token ids of our engine held against ${enginePeer.name}`)
    .option('--model <id>', 'a model id or a GGUF file')
    .option('--lines <file...>', 'more text files whose lines both tokenizers read')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  pathact bench parity')
    .action(parity);
  registerBenchServing(bench);
  registerBenchSoak(bench);
  registerConstraintBench(bench);
  bench
    .command('setup')
    .argument('<bench>', `what to get the peer for: ${peers.join(', ')}`, peerName)
    .description('fetch a peer into the cache directory')
    .addHelpText('after', '\nExample:\n  pathact bench setup engine')
    .action(setup);
}

function threadCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 256) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 256.');
}

function peerName(text: string): PeerName {
  const name = peers.find((peer) => peer === text);
  if (name) return name;
  throw new InvalidArgumentError(`It is one of: ${peers.join(', ')}.`);
}

const benchFolder = () => join(directories().cache, 'bench');

async function setup(name: PeerName): Promise<void> {
  const folder = await setUpPeer(name, benchFolder(), interruptSignal());
  printLine(`${enginePeer.name} ${enginePeer.version} is in ${folder}`);
}

interface EngineFlags {
  model?: string;
  threads?: number;
  json?: true;
}

async function engine({ model, threads, json }: EngineFlags): Promise<void> {
  const modelFile = await modelFileOf(model);
  const peer = await loadPeer(benchFolder(), modelFile).catch(unlessMissing);
  try {
    const measurements = await benchEngine({
      modelFile,
      threads: threads ? [threads] : [1, 2].filter((count) => count <= availableParallelism()),
      peer,
      onRun: (done, all) => note(`run ${done} of ${all}`),
      signal: interruptSignal(),
    });
    if (json) printMeasurements(measurements);
    else printTable(measurements);
  } finally {
    await peer?.close();
  }
  if (!peer) throw missingPeer();
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof MissingError)) throw error;
}

async function modelFileOf(model: string | undefined): Promise<string> {
  const { settings } = resolveSettings({ model });
  const { file } = await locateModel(settings.model, interruptSignal());
  return file;
}

function printMeasurements(measurements: readonly Measurement[]): void {
  for (const measurement of measurements) printLine(JSON.stringify(measurementSchema.parse(measurement)));
  const summary = {
    type: 'summary',
    peer: ratio(measurements, 'decode') === null ? null : `${enginePeer.name} ${enginePeer.version}`,
    decodeRatio: ratio(measurements, 'decode'),
    prefillRatio: ratio(measurements, 'prefill'),
  };
  printLine(JSON.stringify(engineBenchSummarySchema.parse(summary)));
}

function printTable(measurements: readonly Measurement[]): void {
  const [first] = measurements;
  if (!first) return;
  const { cpu, cores, simd, load } = first.machine;
  printLine(
    `${plain(first.model)}, ${first.quantisation}; ${cpu}, ${cores} cores, ${simd}, load ${load.toFixed(1)}`,
  );
  const rows = measurements.map(({ what, tokens, engine: name, threads, median, slowest, fastest, runs }) => [
    `${what} ${tokens}`,
    name,
    `${threads} thread${threads === 1 ? '' : 's'}`,
    `${median.toFixed(1)} tokens/s`,
    `${slowest.toFixed(1)} to ${fastest.toFixed(1)} in ${runs} runs`,
  ]);
  rows.sort(([a], [b]) => a!.localeCompare(b!));
  for (const line of columns(rows)) printLine(line);
  for (const what of ['decode', 'prefill'] as const) {
    const times = ratio(measurements, what);
    if (times !== null) printLine(`${what}: ${times.toFixed(2)} times ${enginePeer.name}, best against best`);
  }
}

/** Our best median over the peer's; null without a peer. */
function ratio(measurements: readonly Measurement[], what: BenchTask): number | null {
  const best = (name: string) =>
    Math.max(0, ...measurements.filter((m) => m.what === what && m.engine === name).map((m) => m.median));
  const peers = best(enginePeer.name);
  return peers === 0 ? null : best('pathact') / peers;
}

async function parity({
  model,
  lines = [],
  json,
}: {
  model?: string;
  lines?: string[];
  json?: true;
}): Promise<void> {
  const modelFile = await modelFileOf(model);
  const peer = await loadPeer(benchFolder(), modelFile);
  const loaded = await loadEngine(modelFile, { contextLength: 2304 });
  let result: Parity;
  try {
    result = await measureParity(loaded, peer, {
      text: parityText,
      prompts: parityPrompts,
      lines: parityLines(
        [parityText, ...codeTexts(), ...lines.map((file) => readFileSync(file, 'utf8'))],
        parityLineCount,
      ),
      signal: interruptSignal(),
    });
  } finally {
    loaded.close();
    await peer.close();
  }
  if (json) printJson(paritySchema.parse(result));
  else printParity(result);
  if (result.teacherForced.decisiveDifferent > 0 || result.tokenizer.equal < result.tokenizer.lines) {
    throw new ThresholdMissedError('our engine differs from the peer where it must not');
  }
}

/** Source code to tokenize: our own. */
function codeTexts(): string[] {
  const files = ['src/engine/core/kernels/dot.h', 'src/engine/core/forward.cpp', 'scripts/build-core.mjs'];
  return files
    .map((file) => join(packageRoot(), file))
    .filter(existsSync)
    .map((file) => readFileSync(file, 'utf8'));
}

function printParity({ teacherForced: forced, greedy, tokenizer, ...of }: Parity): void {
  printLine(`${plain(of.model)} (${of.simd}) against ${enginePeer.name} ${enginePeer.version}`);
  printLine(`teacher-forced, ${forced.positions} positions:`);
  printLine(
    `  best token differs on ${forced.decisiveDifferent} of ${forced.decisive} where the peer's margin is over ${decisiveMargin}`,
  );
  printLine(`  best token is the same on ${forced.sameBest} of ${forced.positions}`);
  const [ours, theirs] = [forced.perplexity, forced.peerPerplexity].map((value) => value.toFixed(4));
  printLine(`  perplexity ${ours}, peer ${theirs}, ratio ${forced.perplexityRatio.toFixed(5)}`);
  printLine(`greedy, ${greedy.tokens} tokens: ${greedy.equal} of ${greedy.prompts} continuations are equal`);
  for (const { prompt, at, margin, peerMargin } of greedy.differences) {
    printLine(
      `  ${JSON.stringify(prompt)} at ${at}: margin ${margin.toFixed(4)}, peer ${peerMargin.toFixed(4)}`,
    );
  }
  printLine(`tokenizer: ${tokenizer.equal} of ${tokenizer.lines} lines are equal`);
  for (const line of tokenizer.different) printLine(`  ${JSON.stringify(line)}`);
}
