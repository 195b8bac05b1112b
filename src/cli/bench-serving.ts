import type { Command } from 'commander';
import {
  benchServing,
  type ServingMeasurement,
  servingMeasurementSchema,
} from '../../evals/bench/serving.bench.ts';
import { resolveSettings } from '../config.ts';
import { interruptSignal } from './interrupt.ts';
import { locateModel } from './model-files.ts';
import { columns, note, plain, printLine } from './print.ts';

interface Flags {
  model?: string;
  json?: true;
}

export function registerBenchServing(bench: Command): void {
  bench
    .command('serving')
    .description('what clients wait for: first tokens with and without the prefix cache, cancels, streams')
    .option('--model <id>', 'a model id or a GGUF file')
    .option('--json', 'one JSON line a measurement')
    .addHelpText('after', '\nExample:\n  pathact bench serving')
    .action(serving);
}

async function serving({ model, json }: Flags): Promise<void> {
  const { settings } = resolveSettings({ model });
  const signal = interruptSignal();
  const { file } = await locateModel(settings.model, signal);
  const onRun = (done: number, all: number) => note(`run ${done} of ${all}`);
  const measurements = await benchServing({ modelFile: file, onRun, signal });
  if (json) for (const each of measurements) printLine(JSON.stringify(servingMeasurementSchema.parse(each)));
  else printTable(measurements);
}

function printTable(measurements: readonly ServingMeasurement[]): void {
  const [first] = measurements;
  if (!first) return;
  const { machine, model, quantisation, depth } = first;
  const { cpu, cores, simd, load } = machine;
  const where = `${cpu}, ${cores} cores, ${simd}, load ${load.toFixed(1)}`;
  printLine(`${plain(model)}, ${quantisation}, at ${depth} tokens; ${where}`);
  const rows = measurements.map(({ what, median, p95, most, samples }) => [
    what,
    `${median.toFixed(1)} ms`,
    `95 % ${p95.toFixed(1)} ms`,
    `most ${most.toFixed(1)} ms of ${samples}`,
  ]);
  for (const line of columns(rows)) printLine(line);
}
