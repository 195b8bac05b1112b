import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { directories } from '../config.ts';
import { nearIds } from '../download/catalogue.ts';
import { type DataSource, dataSourceSchema, readDataSources } from '../download/data-sources.ts';
import {
  dataRecordSchema,
  faultsOf,
  isComplete,
  readDataRecord,
  sourceFolder,
} from '../download/data-store.ts';
import { pullData } from '../download/pull-data.ts';
import { publicHub } from '../download/sources.ts';
import { EXIT, MissingError, UsageError } from '../errors.ts';
import { dataPullReporter } from './data-pull-progress.ts';
import { registerMakeQuestions } from './data-questions.ts';
import { interruptSignal } from './interrupt.ts';
import { packageRoot } from './package-root.ts';
import { columns, formatBytes, note, plain, printJson, printLine } from './print.ts';
import { throughProxy } from './pull-progress.ts';

const presentSchema = z.object({ folder: z.string(), pulledAt: z.string() });

/** `data list --json` */
export const dataListSchema = z.object({
  sources: z.array(
    dataSourceSchema
      .omit({ files: true })
      .extend({ aboutBytes: z.number(), present: presentSchema.nullable() }),
  ),
});

/** `data pull --json` */
export const dataPulledSchema = z.object({
  pulled: z.array(
    dataRecordSchema.omit({ files: true }).extend({
      folder: z.string(),
      files: z.number(),
      bytes: z.number(),
      status: z.enum(['present', 'pulled']),
    }),
  ),
});

/** `data verify --json` */
export const dataVerifiedSchema = z.object({
  verified: z.array(
    z.object({
      id: z.string(),
      folder: z.string(),
      files: z.number(),
      faults: z.array(z.object({ name: z.string(), fault: z.enum(['absent', 'changed']) })),
    }),
  ),
});

interface SourcesOption {
  sources?: string;
  json?: true;
}

const sourcesFlag = ['--sources <file>', 'another list of sources, such as a mirror of yours has'] as const;

export function registerData(program: Command): void {
  const data = program
    .command('data')
    .description('open pathway databases and data sets: getting them, and making questions');
  data
    .command('list', { isDefault: true })
    .description('which there are, under which licence, and which are on this machine')
    .option(...sourcesFlag)
    .option('--json', 'one JSON document: sources[]')
    .addHelpText('after', '\nExample:\n  pathact data list')
    .action(list);
  data
    .command('pull')
    .argument('<ids...>', 'sources of the list')
    .description('get them from their publishers; goes on where an earlier pull stopped')
    .option('--refresh', 'pull again what is there already')
    .option(...sourcesFlag)
    .option('--json', 'one JSON document: pulled[]')
    .addHelpText('after', '\nExample:\n  pathact data pull wikipathways hgnc')
    .action(pull);
  data
    .command('verify')
    .argument('[ids...]', 'sources on this machine; all of them if left out')
    .description('compare the files with the hashes recorded when they were pulled')
    .option(...sourcesFlag)
    .option('--json', 'one JSON document: verified[]')
    .addHelpText('after', '\nExample:\n  pathact data verify wikipathways')
    .action(verify);
  registerMakeQuestions(data);
}

function sourcesOf({ sources }: SourcesOption): DataSource[] {
  return readDataSources(sources ?? join(packageRoot(), 'data/sources.json'));
}

function chosen(ids: readonly string[], options: SourcesOption): DataSource[] {
  const sources = sourcesOf(options);
  return ids.map((id) => {
    const found = sources.find((source) => source.id === id);
    if (found) return found;
    const known = sources.map((source) => source.id);
    const near = nearIds(id, known);
    throw new UsageError(`there is no data source "${plain(id)}"`, {
      hint: `${near.length > 0 ? 'Did you mean' : 'There are'} ${(near.length > 0 ? near : known).join(', ')}?`,
    });
  });
}

async function list(options: SourcesOption): Promise<void> {
  const dataFolder = directories().data;
  const sources = await Promise.all(
    sourcesOf(options).map(async ({ files, ...source }) => {
      const folder = sourceFolder(dataFolder, source.id);
      const record = await readDataRecord(folder);
      const isThere = record !== undefined && (await isComplete(folder, record));
      return {
        ...source,
        aboutBytes: files.reduce((sum, { aboutBytes }) => sum + aboutBytes, 0),
        present: isThere ? { folder, pulledAt: record.pulledAt } : null,
      };
    }),
  );
  if (options.json) return printJson(dataListSchema.parse({ sources }));
  const rows = sources.map(({ id, title, aboutBytes, licence, use, present }) => [
    present ? '*' : ' ',
    id,
    `~${formatBytes(aboutBytes)}`,
    licence,
    title,
    `for ${use}`,
  ]);
  for (const line of columns(rows)) printLine(line);
  printLine();
  printLine(
    '* on this machine. Publishers write these files anew from time to time: `data pull` records what came.',
  );
}

async function pull(ids: string[], options: SourcesOption & { refresh?: true }): Promise<void> {
  const pulled: z.infer<typeof dataPulledSchema>['pulled'] = [];
  for (const source of chosen(ids, options)) {
    note(`${source.title}: ${source.licence} (${source.licenceUrl}). ${source.notice}`);
    const { folder, record, status } = await throughProxy(() =>
      pullData(source, {
        dataFolder: directories().data,
        hubUrl: process.env.HF_ENDPOINT || publicHub,
        refresh: options.refresh === true,
        signal: interruptSignal(),
        report: dataPullReporter(),
      }),
    );
    const bytes = record.files.reduce((sum, file) => sum + file.bytes, 0);
    pulled.push({ ...record, folder, files: record.files.length, bytes, status });
  }
  if (options.json) return printJson(dataPulledSchema.parse({ pulled }));
  for (const { id, folder, files, bytes, status, downloads } of pulled) {
    printLine(`${id} ${status === 'present' ? 'is there already' : 'is ready'}: ${folder}`);
    printLine(`  ${files} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}`);
    for (const { url, sha256, pinned } of downloads)
      printLine(`  ${sha256} ${pinned ? 'as pinned' : 'recorded, no hash is pinned'}: ${plain(url)}`);
  }
}

async function verify(ids: string[], options: SourcesOption): Promise<void> {
  const dataFolder = directories().data;
  const verified: z.infer<typeof dataVerifiedSchema>['verified'] = [];
  for (const { id } of ids.length > 0 ? chosen(ids, options) : sourcesOf(options)) {
    const folder = sourceFolder(dataFolder, id);
    const record = await readDataRecord(folder);
    if (record) {
      const faults = await faultsOf(folder, record, interruptSignal());
      verified.push({ id, folder, files: record.files.length, faults });
    } else if (ids.length > 0) {
      throw new MissingError(`${id} is not on this machine`, {
        hint: `\`pathact data pull ${id}\` gets it.`,
      });
    }
  }
  if (verified.some(({ faults }) => faults.length > 0)) process.exitCode = EXIT.failed;
  if (options.json) return printJson(dataVerifiedSchema.parse({ verified }));
  for (const { id, files, faults } of verified) {
    const sound = files === 1 ? 'the file is as it was pulled' : `all ${files} files are as they were pulled`;
    printLine(`${id}: ${faults.length === 0 ? sound : 'not as pulled'}`);
    for (const { name, fault } of faults) printLine(`  ${fault}: ${plain(name)}`);
    if (faults.length > 0) printLine(`  \`pathact data pull ${id} --refresh\` gets it again.`);
  }
  if (verified.length === 0)
    printLine('no data source is on this machine; `pathact data list` shows what there is');
}
