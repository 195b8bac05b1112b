import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { directories } from '../config.ts';
import { FETCHED_POSITIONS, type LowBitOptions, type Predictor } from '../engine/engine.ts';
import { UsageError } from '../errors.ts';

export interface KvFlags {
  kv: 'full' | 'specache';
  kvBits: '1' | '2';
  kvFetch: number;
  kvPredictor: Predictor;
  kvSlow: 'ram' | 'file';
  kvFastMb?: number;
  kvDiskMb?: number;
  audit: number;
}

const MEGABYTE = 1024 * 1024;
const DISK_MB_BESIDE_FILES = 4096;

/** `--kv` and what goes with it. */
export function addKvOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--kv <mode>',
        'what replies attend to: all keys and values in full, or their low-bit copy (SpeCache), of which far less is ' +
          'read when conversations are long',
      )
        .choices(['full', 'specache'])
        .default('full'),
    )
    .addOption(
      new Option(
        '--kv-slow <where>',
        'where SpeCache keeps what is in full: ram takes about 1.2 times the memory of full and buys speed, ' +
          'file saves memory',
      )
        .choices(['ram', 'file'])
        .default('ram'),
    )
    .option(
      '--kv-fast-mb <n>',
      'memory for keys and values with --kv-slow file (default: what one conversation of --ctx tokens takes)',
      megabytes,
    )
    .addOption(
      new Option('--kv-bits <n>', 'bits a value of the copy; 1 loses facts in long texts')
        .choices(['2', '1'])
        .default('2'),
    )
    .option(
      '--kv-fetch <n>',
      'positions that each head sees in full all the same',
      fetched,
      FETCHED_POSITIONS,
    )
    .addOption(
      new Option(
        '--kv-predictor <name>',
        'who says which: exact (the token itself), speculative (a guess of it, one step earlier), previous (the token ' +
          'before) or none (no position is)',
      )
        .choices(['exact', 'speculative', 'previous', 'none'])
        .default('exact'),
    )
    .option(
      '--audit <rate>',
      'compute this share of SpeCache steps in full as well, and tell the difference',
      rate,
      0,
    )
    .option(
      '--kv-disk-mb <n>',
      'disk for keys and values of prompts, so that a restart need not compute them again; 0 keeps none ' +
        `(default: 0, with --kv-slow file ${DISK_MB_BESIDE_FILES})`,
      megabytes,
    );
}

/** Throws `UsageError` for flags that need others. */
export function lowBitOf({
  kv,
  kvBits,
  kvFetch,
  kvPredictor,
  kvSlow,
  kvFastMb,
  audit,
}: KvFlags): LowBitOptions | undefined {
  if (kv === 'full') {
    if (kvSlow === 'file') throw new UsageError('--kv-slow file needs --kv specache');
    if (audit > 0) throw new UsageError('--audit needs --kv specache: in full there is nothing to compare');
  }
  if (kvSlow === 'ram' && kvFastMb !== undefined) throw new UsageError('--kv-fast-mb needs --kv-slow file');
  if (kv === 'full') return undefined;
  const fastBytes = kvFastMb === undefined ? undefined : kvFastMb * MEGABYTE;
  const slow = kvSlow === 'file' ? { tier: kvSlow, folder: kvFolder(), fastBytes } : { tier: kvSlow };
  return { bits: kvBits === '1' ? 1 : 2, fetch: kvFetch, predictor: kvPredictor, slow };
}

/** Where keys and values of prompts stay; undefined where they do not. */
export function diskOf({ kvSlow, kvDiskMb }: KvFlags): { folder: string; budgetBytes: number } | undefined {
  const mb = kvDiskMb ?? (kvSlow === 'file' ? DISK_MB_BESIDE_FILES : 0);
  return mb === 0 ? undefined : { folder: kvFolder(), budgetBytes: mb * MEGABYTE };
}

const kvFolder = () => join(directories().cache, 'kv');

function fetched(text: string): number {
  const value = Number(text);
  if (/^\d{1,4}$/.test(text) && value <= 1024) return value;
  throw new InvalidArgumentError('It is a whole number from 0 to 1024.');
}

function megabytes(text: string): number {
  if (/^\d{1,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number of megabytes.');
}

function rate(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It is a number from 0 to 1.');
}
