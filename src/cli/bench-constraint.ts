import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import {
  benchConstraint,
  type ConstraintBench,
  constraintBenchSchema,
} from '../../evals/bench/constraint.bench.ts';
import { loadSchemaOracle } from '../../evals/bench/schema-oracle.ts';
import { resolveSettings } from '../config.ts';
import { loadEngine } from '../engine/load-engine.ts';
import { MissingError, ThresholdMissedError } from '../errors.ts';
import { interruptSignal } from './interrupt.ts';
import { locateModel } from './model-files.ts';
import { note, plain, printJson, printLine } from './print.ts';

interface ConstraintFlags {
  model?: string;
  count: number;
  seed: number;
  maxTokens: number;
  json?: true;
}

export function registerConstraintBench(bench: Command): void {
  bench
    .command('constraint')
    .argument('<rows...>', 'JSON-lines files of a tool-calling benchmark (BFCL), or folders of them')
    .description('replies held to the schemas of tools: how many are valid, and what the masks cost')
    .option('--model <id>', 'a model id or a GGUF file')
    .option('--count <n>', 'how many distinct schemas', count, 500)
    .option('--seed <n>', 'of the choice of schemas and of the replies', count, 1)
    .option('--max-tokens <n>', 'a reply may take, unless its shortest completion is longer', count, 256)
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  pathact bench constraint bfcl/ --count 100')
    .action(constraint);
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('It is a whole number from 1 to 1,000,000.');
}

async function constraint(rows: string[], { model, json, ...flags }: ConstraintFlags): Promise<void> {
  const files = rows.flatMap(rowFiles);
  const oracle = await loadSchemaOracle();
  const signal = interruptSignal();
  const { file } = await locateModel(resolveSettings({ model }).settings.model, signal);
  const engine = await loadEngine(file, { contextLength: 8192 });
  let result: ConstraintBench;
  try {
    result = await benchConstraint({
      engine,
      files,
      oracle,
      schemas: flags.count,
      seed: flags.seed,
      maxTokens: flags.maxTokens,
      onReply: (done, all) => done % 25 === 0 && note(`reply ${done} of ${all}`),
      signal,
    });
  } finally {
    engine.close();
  }
  if (json) printJson(constraintBenchSchema.parse(result));
  else print(result);
  if (result.failures.length > 0) throw new ThresholdMissedError('a constrained reply is not valid');
}

function rowFiles(path: string): string[] {
  if (!existsSync(path)) throw new MissingError(`there is no file or folder ${plain(path)}`);
  return statSync(path).isFile() ? [path] : globSync(join(path, 'BFCL_*.jsonl')).sort();
}

function print({ machine, compileMs, maskMs, stepMs, ...result }: ConstraintBench): void {
  const { cpu, cores, simd, load } = machine;
  printLine(
    `${plain(result.model)}, ${result.quantisation}; ${cpu}, ${cores} cores, ${simd}, load ${load.toFixed(1)}`,
  );
  printLine(
    `${result.valid} of ${result.schemas} replies are valid (temperature ${result.temperature}, seed ${result.seed}, ${result.maxTokens} tokens or the shortest completion)`,
  );
  printLine(`${result.sampledTokens} tokens sampled, ${result.forcedTokens} forced`);
  const rows = { compile: compileMs, mask: maskMs, step: stepMs };
  for (const [name, { mean, median, p99, most }] of Object.entries(rows)) {
    const [a, b, c, d] = [mean, median, p99, most].map((value) => value.toFixed(3));
    printLine(`${name}: mean ${a} ms, median ${b}, 99th percentile ${c}, most ${d}`);
  }
  printLine(`masks take ${(100 * result.maskShare).toFixed(2)} % of the steps' time`);
  for (const { name, reason, reply } of result.failures) {
    printLine(`not valid: ${plain(name)}: ${plain(reason)}: ${plain(reply)}`);
  }
}
