import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { isNear, measureParity, type Parity, paritySchema } from '../../evals/bench/engine-parity.ts';
import { readText } from '../../evals/bench/long-texts.ts';
import { parityLines } from '../../evals/bench/parity-lines.ts';
import { parityPrompts } from '../../evals/bench/parity-prompts.ts';
import { parityText } from '../../evals/bench/parity-text.ts';
import { enginePeer, loadPeer } from '../../evals/bench/peer.ts';
import { measureTinyParity, type TinyParity, tinyParitySchema } from '../../evals/bench/tiny-parity.ts';
import {
  comparePreTokenizer,
  type TokenizerParity,
  tokenizerParitySchema,
} from '../../evals/bench/tokenizer-parity.ts';
import { directories, resolveSettings } from '../config.ts';
import { loadEngine } from '../engine/load-engine.ts';
import { preTokenizerNames } from '../engine/pre-tokenizers.ts';
import { ThresholdMissedError, UsageError } from '../errors.ts';
import { interruptSignal } from './interrupt.ts';
import { locateModel } from './model-files.ts';
import { packageRoot } from './package-root.ts';
import { note, plain, printJson, printLine } from './print.ts';

export function registerBenchParity(bench: Command): void {
  bench
    .command('parity')
    .description(`logits, greedy continuations and token ids of our engine held against ${enginePeer.name}`)
    .option('--model <id>', 'a model id or a GGUF file')
    .option('--lines <n>', 'lines that both tokenizers read', lineCount, 1000)
    .option('--continuations <n>', 'prompts that both continue, at most 20', continuationCount, 20)
    .option('--text <file...>', 'more text files to take lines from (.gz too)')
    .option(
      '--pre <name>',
      "token ids only, of the model's vocabulary behind this pre-tokenizer",
      preTokenizerName,
    )
    .option('--tiny', 'random models of every architecture instead, written for the purpose')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  pathact bench parity --lines 5000')
    .action(parity);
}

function lineCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000_000) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 1000000.');
}

function continuationCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0 && count <= parityPrompts.length) return count;
  throw new InvalidArgumentError(`It is a whole number from 0 to ${parityPrompts.length}.`);
}

function preTokenizerName(text: string): string {
  if (preTokenizerNames.includes(text)) return text;
  throw new InvalidArgumentError(`It is one of: ${preTokenizerNames.join(', ')}.`);
}

interface ParityFlags {
  model?: string;
  lines: number;
  continuations: number;
  text?: string[];
  pre?: string;
  tiny?: true;
  json?: true;
}

const benchFolder = () => join(directories().cache, 'bench');

async function parity(flags: ParityFlags): Promise<void> {
  if (flags.tiny) return tinyParity(flags);
  if (flags.pre !== undefined) return preTokenizerParity(flags.pre, flags);
  const result = await measure(flags);
  if (flags.json) printJson(paritySchema.parse(result));
  else printParity(result);
  if (!isNear(result)) throw new ThresholdMissedError('our engine differs from the peer where it must not');
}

async function measure(flags: ParityFlags): Promise<Parity> {
  const lines = linesOf(flags);
  const file = await modelFileOf(flags);
  const peer = await loadPeer(benchFolder(), file);
  const engine = await loadEngine(file, { contextLength: 2304 });
  try {
    return await measureParity(engine, peer, {
      text: parityText,
      prompts: parityPrompts.slice(0, flags.continuations),
      lines,
      signal: interruptSignal(),
      note,
    });
  } finally {
    engine.close();
    await peer.close();
  }
}

const linesOf = ({ lines, text = [] }: ParityFlags) =>
  parityLines([parityText, ...codeTexts(), ...text.map(readText)], lines);

async function modelFileOf({ model }: ParityFlags): Promise<string> {
  const { settings } = resolveSettings({ model });
  const { file } = await locateModel(settings.model, interruptSignal());
  return file;
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
  printLine(
    `${plain(of.model)}, ${of.quantisation} (${of.simd}) against ${enginePeer.name} ${enginePeer.version}`,
  );
  printLine(`teacher-forced, ${forced.positions} positions:`);
  printLine(
    `  best token differs on ${forced.decisiveDifferent} of ${forced.decisive} where the peer's margin is over ${forced.margin}`,
  );
  for (const { position, margin, peerMargin } of forced.differences) {
    printLine(`    at ${position}: margin ${margin.toFixed(4)}, peer ${peerMargin.toFixed(4)}`);
  }
  printLine(`  best token is the same on ${forced.sameBest} of ${forced.positions}`);
  const [ours, theirs] = [forced.perplexity, forced.peerPerplexity].map((value) => value.toFixed(4));
  printLine(`  perplexity ${ours}, peer ${theirs}, ratio ${forced.perplexityRatio.toFixed(5)}`);
  printLine(`greedy, ${greedy.tokens} tokens: ${greedy.equal} of ${greedy.prompts} continuations are equal`);
  for (const { prompt, at, margin, peerMargin } of greedy.differences) {
    printLine(
      `  ${JSON.stringify(prompt)} at ${at}: margin ${margin.toFixed(4)}, peer ${peerMargin.toFixed(4)}`,
    );
  }
  printTokens(tokenizer);
}

function printTokens({ equal, lines, different }: TokenizerParity): void {
  printLine(`tokenizer: ${equal} of ${lines} lines are equal`);
  for (const line of different) printLine(`  ${JSON.stringify(line)}`);
}

async function preTokenizerParity(pre: string, flags: ParityFlags): Promise<void> {
  const file = await modelFileOf(flags);
  const result = await comparePreTokenizer(file, pre, benchFolder(), linesOf(flags));
  if (flags.json) printJson(tokenizerParitySchema.parse(result));
  else printTokens(result);
  if (result.equal < result.lines) throw new ThresholdMissedError('our tokenizer differs from the peer');
}

async function tinyParity({ model, text, json }: ParityFlags): Promise<void> {
  if (model !== undefined || text !== undefined) throw new UsageError('--tiny takes neither model nor text');
  const result = await measureTinyParity(benchFolder(), interruptSignal());
  if (json) printJson(tinyParitySchema.parse(result));
  else printTinyParity(result);
  if (result.models.some(({ largestDifference }) => largestDifference > result.allowed)) {
    throw new ThresholdMissedError(`a log-probability differs by more than ${result.allowed}`);
  }
}

function printTinyParity({ models }: TinyParity): void {
  printLine('largest difference of a log-probability among the 20 best tokens:');
  for (const { model, tokens, largestDifference } of models) {
    printLine(`  ${largestDifference.toFixed(4)}  ${model}, ${tokens} tokens`);
  }
}
