import { type Command, InvalidArgumentError } from 'commander';
import { type Soak, soak, soakSchema } from '../../evals/bench/soak.ts';
import { ThresholdMissedError } from '../errors.ts';
import { interruptSignal } from './interrupt.ts';
import { note, printJson, printLine } from './print.ts';
import { startServedChild } from './served-child.ts';

interface Flags {
  model?: string;
  minutes: number;
  clients: number;
  json?: true;
}

export function registerBenchSoak(bench: Command): void {
  bench
    .command('soak')
    .description(
      'many clients at once on one served model: every reply checked, memory and event loop watched',
    )
    .option('--model <id>', 'a model id or a GGUF file')
    .option('--minutes <n>', 'how long', upTo(1440), 10)
    .option('--clients <n>', 'how many at once', upTo(1000), 64)
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  pathact bench soak --minutes 1')
    .action(run);
}

const upTo = (most: number) => (text: string) => {
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw new InvalidArgumentError(`It is a number up to ${most}.`);
};

async function run({ model, minutes, clients, json }: Flags): Promise<void> {
  const signal = interruptSignal();
  const args = model === undefined ? [] : ['--model', model];
  const server = await startServedChild(args, {}, signal, false);
  try {
    const onSample = (line: string) => note(line);
    const result = await soak({ url: server.url, clients, seconds: minutes * 60, onSample, signal });
    signal.throwIfAborted();
    if (json) printJson(soakSchema.parse(result));
    else printSoak(result);
    if (result.wrong + result.failed > 0) throw new ThresholdMissedError('replies were wrong or failed');
  } finally {
    await server.kill();
  }
}

function printSoak({ requests, ...of }: Soak): void {
  const count = Object.values(requests).reduce((sum, each) => sum + each, 0);
  printLine(
    `${count} requests of ${of.clients} clients in ${of.seconds.toFixed(0)} s, ${of.tokensPerSecond.toFixed(0)} tokens/s`,
  );
  printLine(`wrong ${of.wrong}, failed ${of.failed}`);
  const mebibytes = of.memory.map(({ bytes }) => Math.round(bytes / 2 ** 20));
  printLine(
    `resident memory ${mebibytes[0]} to ${mebibytes.at(-1)} MiB, grown ${(100 * of.memoryGrowth).toFixed(1)} %`,
  );
  const { median, most } = of.eventLoopDelayP99;
  printLine(`event-loop delay p99: median ${median.toFixed(1)} ms, most ${most.toFixed(1)} ms`);
  for (const example of of.examples) printLine(`  ${JSON.stringify(example)}`);
}
