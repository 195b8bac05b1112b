import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LowBitOptions } from '../engine/engine.ts';

export interface KvFlags {
  kv: 'full' | 'specache';
  kvBits: '1' | '2';
  kvFetch: number;
}

/** `--kv` and what goes with it. */
export function addKvOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--kv <mode>',
        'what replies attend to: all keys and values in full, or their low-bit copy (SpeCache), which takes about 1.2 ' +
          'times the memory and reads far less of it when conversations are long',
      )
        .choices(['full', 'specache'])
        .default('full'),
    )
    .addOption(
      new Option('--kv-bits <n>', 'bits a value of that copy; 1 loses facts in long texts')
        .choices(['2', '1'])
        .default('2'),
    )
    .option('--kv-fetch <n>', 'positions that each head sees in full all the same', fetched, 64);
}

export function lowBitOf({ kv, kvBits, kvFetch }: KvFlags): LowBitOptions | undefined {
  if (kv === 'full') return undefined;
  return { bits: kvBits === '1' ? 1 : 2, fetch: kvFetch };
}

function fetched(text: string): number {
  const value = Number(text);
  if (/^\d{1,4}$/.test(text) && value <= 1024) return value;
  throw new InvalidArgumentError('It is a whole number from 0 to 1024.');
}
