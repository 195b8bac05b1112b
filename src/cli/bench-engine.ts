import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { benchEngine, type Part, parts } from '../../evals/bench/engine.bench.ts';
import { type Measurement, measurementSchema } from '../../evals/bench/measurement.ts';
import { enginePeer, loadPeer, missingPeer } from '../../evals/bench/peer.ts';
import { directories } from '../config.ts';
import { MissingError, ThresholdMissedError } from '../errors.ts';
import { benchSubject } from './bench-subject.ts';
import { interruptSignal } from './interrupt.ts';
import { note, plain, printLine } from './print.ts';
import { startServedChild } from './served-child.ts';

/** Last line of `bench engine --json`. */
export const engineBenchSummarySchema = z.object({
  type: z.literal('summary'),
  peer: z.string().nullable(),
  measurements: z.number().int(),
  /** Of those that have a bar. */
  met: z.number().int(),
  missed: z.number().int(),
});

interface Flags {
  model?: string;
  threads?: number;
  depths?: number[];
  only?: Part[];
  runs: number;
  quick?: true;
  json?: true;
}

/** What the peer's quantised keys and values take to fill is asked for by name. */
const usual = parts.filter((part) => part !== 'peer-kv');
const full = { depths: [0, 4096, 8192, 32_768], prefills: [512, 4096], parts: usual };
/** Ends in under ten minutes with the default model. */
const quick = {
  depths: [0, 4096],
  prefills: [512],
  parts: usual.filter((part) => part !== 'chats' && part !== 'memory'),
};

const example = `
Examples:
  pathact bench setup engine && pathact bench engine --quick
  pathact bench engine --json > measured.jsonl
  pathact bench engine --only decode --depths 0,8192

Contexts longer than the model was trained on are left out. The first run at a depth lets ${enginePeer.name} read that
much, which takes minutes, at 32,768 many, and longer for its quantised keys and values (--only peer-kv); what it
read is kept for later runs. Exits 3 where a bar is missed.`;

export function registerBenchEngine(bench: Command): void {
  bench
    .command('engine')
    .description(`speed, waiting times and memory of our engine beside ${enginePeer.name}, from one run`)
    .option('--model <id>', 'a model id or a GGUF file')
    .option('--threads <n>', 'only this number of threads (default: 1 and 2)', number(1, 256))
    .option(
      '--depths <list>',
      'tokens in the context, multiples of 64 (default: 0,4096,8192,32768)',
      depthList,
    )
    .option('--only <list>', `of ${parts.join(', ')}`, partList)
    .option('--runs <n>', 'whose median is told', number(1, 1000), 5)
    .option('--quick', 'the shorter contexts, in under ten minutes')
    .option('--json', 'one JSON line a measurement, a summary last')
    .addHelpText('after', example)
    .action(engine);
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,4}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

function depthList(text: string): number[] {
  const depths = text.split(',').map(Number);
  if (depths.every((depth) => Number.isInteger(depth / 64) && depth >= 0 && depth <= 1_048_576))
    return depths;
  throw new InvalidArgumentError('They are multiples of 64, with commas between.');
}

function partList(text: string): Part[] {
  const names = text.split(',');
  const known = parts.filter((part) => names.includes(part));
  if (known.length === names.length) return known;
  throw new InvalidArgumentError(`They are of: ${parts.join(', ')}.`);
}

async function engine({ model, threads, depths, only, runs, json, ...flags }: Flags): Promise<void> {
  const signal = interruptSignal();
  const subject = await benchSubject(model, signal);
  const benchFolder = join(directories().cache, 'bench');
  const peer = await loadPeer(benchFolder, subject.file).catch(unlessMissing);
  const plan = flags.quick ? quick : full;
  const measured: Measurement[] = [];
  try {
    const rows = benchEngine({
      ...{ benchFolder, subject, peer, runs, signal, note },
      threads: threads ? [threads] : [1, 2].filter((count) => count <= availableParallelism()),
      depths: depths ?? plan.depths,
      prefills: plan.prefills,
      parts: only ?? plan.parts,
      startServer: startServedChild,
    });
    for await (const row of rows) {
      measured.push(row);
      if (json) printLine(JSON.stringify(measurementSchema.parse(row)));
      else print(row, measured.length === 1);
    }
  } finally {
    await peer?.close();
  }
  const missed = measured.filter(({ met }) => met === false);
  const met = measured.filter((row) => row.met === true).length;
  const name = peer ? `${enginePeer.name} ${enginePeer.version}` : null;
  const summary = { type: 'summary', peer: name, measurements: measured.length, met, missed: missed.length };
  if (json) printLine(JSON.stringify(engineBenchSummarySchema.parse(summary)));
  else printLine(`${met} bars are met, ${missed.length} missed`);
  if (!peer) throw missingPeer();
  if (missed.length > 0) throw new ThresholdMissedError(`${missed.length} bars are missed`);
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof MissingError)) throw error;
}

function print(row: Measurement, isFirst: boolean): void {
  if (isFirst) {
    const { cpu, cores, simd, load } = row.machine;
    const where = `${cpu}, ${cores} cores, ${simd}, load ${load.toFixed(1)}`;
    printLine(`${plain(row.model)}, ${row.quantisation}; ${where}`);
  }
  const threads = row.threads === null ? '' : `, ${row.threads} thread${row.threads === 1 ? '' : 's'}`;
  const name = `${row.what}, ${row.depth} tokens, ${row.kv}${threads}:`;
  const beside = Object.entries(row.beside).map(([key, value]) => `${key} ${figure(value)}`);
  const told = [`${figure(row.ours)} ${row.unit}`, ...comparison(row), ...beside];
  printLine(`${name} ${told.join('; ')}`);
}

function comparison({ peer, peerThreads, against, ratio, bar, better, met }: Measurement): string[] {
  if (peer === null || ratio === null) return [];
  const where = peerThreads === null ? '' : ` (${peerThreads} thread${peerThreads === 1 ? '' : 's'})`;
  const times = `${against}${where} ${figure(peer)}: ${ratio.toFixed(ratio < 1 ? 3 : 2)} times`;
  if (bar === null) return [times];
  return [times, `bar ${better === 'more' ? 'at least' : 'at most'} ${bar} ${met ? 'met' : 'MISSED'}`];
}

const figure = (value: number) =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0, useGrouping: true });
