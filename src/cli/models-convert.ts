import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { ensureFreeSpace } from '../download/disk-space.ts';
import {
  type ConversionType,
  conversionTypes,
  convertModel,
  planConversion,
} from '../engine/convert-model.ts';
import { MissingError, UsageError } from '../errors.ts';
import { describeModelFile } from './describe-model.ts';
import { interruptSignal } from './interrupt.ts';
import { locateModel } from './model-files.ts';
import { formatBytes, printJson, printLine } from './print.ts';
import { statusLine } from './status-line.ts';

const typeNames = Object.keys(conversionTypes) as [ConversionType, ...ConversionType[]];

/** `models convert --json` */
export const convertedModelSchema = z.object({
  source: z.string(),
  file: z.string(),
  type: z.enum(typeNames),
  bytes: z.number().int(),
  /** Of tensors, by their type in the new file. */
  tensorsByType: z.record(z.string(), z.number().int()),
});

export function registerModelsConvert(models: Command): void {
  models
    .command('convert')
    .argument('<model>', 'an id, or a GGUF file')
    .description('write a model with other weights: half precision, or 8 or 4 bits a value')
    .addOption(new Option('--type <type>', 'of the matrices').choices(typeNames).makeOptionMandatory())
    .requiredOption('--out <file>', 'the GGUF file to write')
    .option('--json', 'one JSON document: source, file, type, bytes, tensorsByType')
    .addHelpText(
      'after',
      '\nExample:\n  pathact models convert smollm2-135m-instruct --type q8_0 --out q8.gguf',
    )
    .action(convert);
}

interface ConvertFlags {
  type: ConversionType;
  out: string;
  json?: true;
}

async function convert(model: string, { type, out, json }: ConvertFlags): Promise<void> {
  const signal = interruptSignal();
  const { file: source } = await locateModel(model, signal);
  const target = resolve(out);
  checkTarget(target);
  const conversion = await planConversion(source, type);
  const { fileBytes } = conversion.layout;
  await ensureFreeSpace(dirname(target), fileBytes);
  const line = statusLine(process.stderr);
  try {
    const onProgress = (written: number) =>
      line.show(`converting: ${Math.floor((written / fileBytes) * 100)} % of ${formatBytes(fileBytes)}`);
    await convertModel(conversion, target, { signal, onProgress });
  } finally {
    line.end();
  }
  const { tensorsByType } = describeModelFile(target);
  const converted = { source, file: target, type, bytes: fileBytes, tensorsByType };
  if (json) printJson(convertedModelSchema.parse(converted));
  else printLine(`${target} is ready (${formatBytes(fileBytes)})`);
}

function checkTarget(target: string): void {
  if (existsSync(target)) {
    throw new UsageError(`${target} is there already`, { hint: 'Name another file, or remove this one.' });
  }
  const folder = dirname(target);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new MissingError(`there is no folder ${folder}`, { hint: 'Make it first.' });
  }
}
