import { type Command, InvalidArgumentError } from 'commander';
import { benchQuality, type Quality, qualitySchema } from '../../evals/bench/quality.bench.ts';
import { ThresholdMissedError, UsageError } from '../errors.ts';
import { benchSubject } from './bench-subject.ts';
import { interruptSignal } from './interrupt.ts';
import { note, plain, printLine } from './print.ts';

interface Flags {
  model?: string;
  text: string[];
  windows: number;
  positions: [number, number];
  trials: number;
  seed: number;
  threads?: number;
  variants?: true;
  json?: true;
}

const example = `
Example:
  pathact bench quality --model qwen.gguf --text novel.txt.gz --text another.txt.gz

Texts are read in natural windows; facts for the needles are hidden between their sentences. One bit (--variants) loses
facts in long texts: it is told to show by how much. Exits 3 where a bar is missed.`;

export function registerBenchQuality(bench: Command): void {
  bench
    .command('quality')
    .description('what the low-bit copy of keys and values (SpeCache) costs: perplexity, divergence, needles')
    .requiredOption('--text <file...>', 'long texts (.gz too)')
    .option('--model <id>', 'a model id or a GGUF file')
    .option('--windows <n>', 'of text for perplexity; 0 for none', count(1000), 4)
    .option('--positions <from-to>', 'that are compared', positions, [2048, 8192])
    .option('--trials <n>', 'needles to ask for; 0 for none', count(100_000), 600)
    .option('--seed <n>', 'of the needles', count(1_000_000), 1)
    .option('--threads <n>', 'that compute', count(256))
    .option('--variants', 'also two bits with 64 fetched, and without fetching (KIVI); and one bit')
    .option('--json', 'one JSON line a measurement')
    .addHelpText('after', example)
    .action(quality);
}

function count(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,7}$/.test(text) && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number up to ${most}.`);
  };
}

function positions(text: string): [number, number] {
  const [, from, to] = /^(\d{1,7})-(\d{1,7})$/.exec(text) ?? [];
  if (from !== undefined && Number(from) >= 1 && Number(to) >= Number(from) + 2) return [+from, Number(to)];
  throw new InvalidArgumentError('They are two positions like 2048-8192.');
}

async function quality({ model, text, windows, trials, seed, threads, json, ...of }: Flags): Promise<void> {
  const signal = interruptSignal();
  const subject = await benchSubject(model, signal);
  const [from, to] = of.positions;
  if (windows > 0 && to > subject.facts.contextLength) {
    throw new UsageError(`the model was trained on ${subject.facts.contextLength} tokens, fewer than ${to}`);
  }
  const variants = of.variants ?? false;
  const options = { subject, threads, textFiles: text, windows, from, to, trials, seed, variants };
  let missed = 0;
  for await (const line of benchQuality({ ...options, signal, note })) {
    if (line.met === false) missed++;
    if (json) printLine(JSON.stringify(qualitySchema.parse(line)));
    else printLine(told(line));
  }
  if (missed > 0) throw new ThresholdMissedError(`${missed} bars are missed`);
}

function told(line: Quality): string {
  const name = `${plain(line.model)}, ${line.quantisation}, ${line.bits}-bit, ${line.fetch} fetched`;
  const verdict = line.met === null ? '' : line.met ? '; bar met' : '; bar MISSED';
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  if (line.what === 'perplexity') {
    const { windows, from, to, fullPerplexity, perplexityRatio, meanKl, p99Kl, sameBest } = line;
    const where = `perplexity of ${windows} windows, positions ${from} to ${to - 1}`;
    const ratio = `${fullPerplexity.toFixed(3)} in full, ratio ${perplexityRatio.toFixed(5)}`;
    const kl = `KL mean ${meanKl.toFixed(5)}, 99 % ${p99Kl.toFixed(4)}`;
    return `${name}: ${where}: ${ratio}; ${kl}; same best token ${percent(sameBest)}${verdict}`;
  }
  const { kind, n, groups, fullRate, lowRate, difference, lower, upper, seed } = line;
  const interval = `difference ${percent(difference)} (95 %: ${percent(lower)} to ${percent(upper)})`;
  const found = `in full ${percent(fullRate)}, low-bit ${percent(lowRate)}`;
  return `${name}: needles, ${kind}, ${n} paired trials in ${groups} haystacks, seed ${seed}: ${found}; ${interval}${verdict}`;
}
