import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type SetupName, setUp, setups } from '../../evals/bench/setup.ts';
import { directories } from '../config.ts';
import { registerConstraintBench } from './bench-constraint.ts';
import { registerBenchEngine } from './bench-engine.ts';
import { registerBenchGraph } from './bench-graph.ts';
import { registerBenchParity } from './bench-parity.ts';
import { registerBenchQuality } from './bench-quality.ts';
import { registerBenchServing } from './bench-serving.ts';
import { registerBenchSoak } from './bench-soak.ts';
import { interruptSignal } from './interrupt.ts';
import { note, printLine } from './print.ts';

export function registerBench(program: Command): void {
  const bench = program.command('bench').description('measurements, side by side with the peers they name');
  registerBenchEngine(bench);
  registerBenchGraph(bench);
  registerBenchQuality(bench);
  registerBenchServing(bench);
  registerBenchSoak(bench);
  registerConstraintBench(bench);
  registerBenchParity(bench);
  bench
    .command('setup')
    .argument('<bench>', `what to get: ${setups.join(', ')}`, setupName)
    .description('fetch a peer, or the models that parity is measured on, into the cache directory')
    .addHelpText('after', '\nExample:\n  pathact bench setup engine')
    .action(setup);
}

function setupName(text: string): SetupName {
  const name = setups.find((setup) => setup === text);
  if (name) return name;
  throw new InvalidArgumentError(`It is one of: ${setups.join(', ')}.`);
}

const benchFolder = () => join(directories().cache, 'bench');

async function setup(name: SetupName): Promise<void> {
  const options = { benchFolder: benchFolder(), env: process.env, signal: interruptSignal(), note };
  for (const line of await setUp(name, options)) printLine(line);
}
