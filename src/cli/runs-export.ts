import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { csvOf } from '../../evals/export/csv.ts';
import { inspectFileName, inspectOf } from '../../evals/export/inspect.ts';
import { jsonlOf } from '../../evals/export/jsonl.ts';
import { junitOf } from '../../evals/export/junit.ts';
import { type StoredRun, storedRun } from '../../evals/export/stored-run.ts';
import { writeFileWhole } from '../../evals/report/write-file.ts';
import { UsageError } from '../errors.ts';
import type { RunRecord } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { findRun, runHelp, withStore } from './find-run.ts';
import { interruptSignal } from './interrupt.ts';
import { note, printJson } from './print.ts';

const formats = ['jsonl', 'csv', 'junit', 'inspect'] as const;
type Format = (typeof formats)[number];

/** `runs export RUN --out FILE --json` */
export const runExportSchema = z.object({
  run: z.string(),
  format: z.enum(formats),
  file: z.string(),
  samples: z.number().int(),
});

const help = `
Formats:
  jsonl    a JSON object a sample: settings, question, answer, score, every message (the default)
  csv      a row a sample, for spreadsheets; text that would be a formula has an apostrophe before it
  junit    XML for build servers: wrong answers are failures
  inspect  a log of Inspect (inspect_ai); give a folder as --out and \`inspect view --log-dir FOLDER\` shows it

Examples:
  pathact runs export latest --format csv --out run.csv
  pathact runs export latest --format inspect --out logs/`;

export function registerExport(runs: Command): void {
  runs
    .command('export')
    .argument('<run>', runHelp)
    .description('write a run for other programs, to a file or stdout')
    .addOption(new Option('--format <format>', 'the format').choices(formats).default('jsonl'))
    .option(
      '-o, --out <file>',
      'the file, or a folder to put it in under a name of its own; stdout if left out',
    )
    .option('--json', 'one JSON document about the file: run, format, file, samples')
    .addHelpText('after', help)
    .action(withStore(exportRun));
}

interface Flags {
  format: Format;
  out?: string;
  json?: true;
}

const writers: Readonly<Record<Format, (stored: StoredRun) => Generator<string>>> = {
  jsonl: jsonlOf,
  csv: csvOf,
  junit: junitOf,
  inspect: inspectOf,
};

async function exportRun(store: Store, word: string, { format, out, json }: Flags): Promise<void> {
  if (json && out === undefined) {
    throw new UsageError('--json tells what was written to a file', { hint: 'Add --out FILE.' });
  }
  const run = findRun(store, word);
  const stored = storedRun(store, run);
  const pieces = writers[format](stored);
  if (out === undefined) return pipeline(Readable.from(pieces), process.stdout, { end: false });
  const file = isFolder(out) ? join(out, fileName(format, run)) : out;
  await writeFileWhole(file, pieces, interruptSignal());
  const samples = stored.summary.n;
  if (json) printJson({ run: run.id, format, file, samples });
  else note(`wrote ${samples} samples of run ${run.id} to ${file}`);
}

function isFolder(path: string): boolean {
  return /[/\\]$/.test(path) || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

function fileName(format: Format, run: RunRecord): string {
  if (format === 'inspect') return inspectFileName(run);
  return `${run.id}.${format === 'junit' ? 'xml' : format}`;
}
