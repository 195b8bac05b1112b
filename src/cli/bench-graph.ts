import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { benchGraph } from '../../evals/bench/graph.bench.ts';
import { type GraphMeasurement, graphMeasurementSchema } from '../../evals/bench/graph-measurement.ts';
import { type GraphPeer, graphPeer, missingGraphPeer, startGraphPeer } from '../../evals/bench/graph-peer.ts';
import { directories } from '../config.ts';
import { MissingError, ThresholdMissedError, UsageError } from '../errors.ts';
import { locateGraph } from './graph-source.ts';
import { interruptSignal } from './interrupt.ts';
import { note, plain, printLine } from './print.ts';

/** Last line of `bench graph --json`. */
export const graphBenchSummarySchema = z.object({
  type: z.literal('summary'),
  peer: z.string().nullable(),
  measurements: z.number().int(),
  /** Of those that have a bar. */
  met: z.number().int(),
  missed: z.number().int(),
});

interface Flags {
  graph?: string;
  synthetic: boolean;
  runs: number;
  seed: number;
  json?: true;
}

const example = `
Examples:
  pathact bench setup graph && pathact bench graph
  pathact bench graph --graph wp --json > measured.jsonl

The peer is the Python stack of the paper's code, ${graphPeer.name}, put to the same
queries in turn, on a synthetic graph of KEGG's size. Exits 3 where a bar is missed.`;

export function registerBenchGraph(bench: Command): void {
  bench
    .command('graph')
    .description(
      'loading, searching and Steiner trees beside the Python stack of the reference, from one run',
    )
    .option('--graph <name|file>', 'measure this graph too')
    .option('--no-synthetic', 'only that one')
    .option('--runs <n>', 'loads and queries, whose median is told', number(1, 1000), 5)
    .option('--seed <n>', 'of the queries', number(0, 4_294_967_295), 1)
    .option('--json', 'one JSON line a measurement, a summary last')
    .addHelpText('after', example)
    .action(graph);
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

async function graph({ graph: name, synthetic, runs, seed, json }: Flags): Promise<void> {
  const signal = interruptSignal();
  if (!synthetic && name === undefined) {
    throw new UsageError('nothing is left to measure', { hint: 'Name a graph with --graph.' });
  }
  const given = name === undefined ? undefined : { name, path: locateGraph(name) };
  const peer = startedPeer(signal);
  const measured: GraphMeasurement[] = [];
  try {
    for await (const row of benchGraph({ graph: given, synthetic, peer, runs, seed, note, signal })) {
      measured.push(row);
      if (json) printLine(JSON.stringify(graphMeasurementSchema.parse(row)));
      else print(row, measured.at(-2)?.graph !== row.graph);
    }
  } finally {
    peer?.close();
  }
  const [met, missed] = [true, false].map((value) => measured.filter((row) => row.met === value).length);
  const summary = { type: 'summary', peer: peer ? graphPeer.packages.join(', ') : null, met, missed };
  const { length: measurements } = measured;
  if (json) printLine(JSON.stringify(graphBenchSummarySchema.parse({ ...summary, measurements })));
  else printLine(`${met} bars are met, ${missed} missed`);
  if (!peer) throw missingGraphPeer();
  if (missed) throw new ThresholdMissedError(`${missed} bars are missed`);
}

function startedPeer(signal: AbortSignal): GraphPeer | undefined {
  try {
    return startGraphPeer(join(directories().cache, 'bench'), signal);
  } catch (error) {
    if (error instanceof MissingError) return undefined;
    throw error;
  }
}

function print(row: GraphMeasurement, isFirst: boolean): void {
  const { cpu, cores, load } = row.machine;
  if (isFirst) {
    const size = `${row.nodes} nodes, ${row.edges} edges`;
    printLine(`${plain(row.graph)}: ${size}; ${cpu}, ${cores} cores, load ${load.toFixed(1)}`);
  }
  const beside = Object.entries(row.beside).map(([name, value]) => `${name} ${figure(value)}`);
  printLine(
    `${row.what}: ${[`${figure(row.ours)} ${row.unit}`, ...comparison(row), ...verdict(row), ...beside].join('; ')}`,
  );
}

function comparison({ peer, against, ratio }: GraphMeasurement): string[] {
  if (peer === null || ratio === null) return [];
  return [`${against} ${figure(peer)}: ${ratio.toFixed(3)} times`];
}

function verdict({ bar, met }: GraphMeasurement): string[] {
  if (bar === null || met === null) return [];
  const limit = bar.of === 'ratio' ? `${bar.limit} times` : figure(bar.limit);
  return [`bar at ${bar.better === 'less' ? 'most' : 'least'} ${limit} ${met ? 'met' : 'MISSED'}`];
}

const figure = (value: number) =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 0 });
