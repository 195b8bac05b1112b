import { z } from 'zod';
import { readGguf } from '../engine/gguf.ts';
import { supportedArchitectures } from '../engine/model-parameters.ts';

/** Below this many weights an answer is a smoke test, and is marked as one wherever it is shown. */
const smokeScaleParameters = 1e9;

export const modelDescriptionSchema = z.object({
  name: z.string(),
  architecture: z.string(),
  /** Our engine has this architecture. */
  runnable: z.boolean(),
  parameters: z.number(),
  smokeScale: z.boolean(),
  tensorsByType: z.record(z.string(), z.number()),
  layers: z.number().nullable(),
  contextLength: z.number().nullable(),
  /** `tokenizer.ggml.model` and its pre-tokenizer, e.g. `gpt2 / smollm`. */
  tokenizer: z.string().nullable(),
  vocabularySize: z.number().nullable(),
  chatTemplate: z.boolean(),
});
export type ModelDescription = z.infer<typeof modelDescriptionSchema>;

/** What a GGUF file's header says. Throws `MalformedFileError`. */
export function describeModelFile(file: string): ModelDescription {
  const { metadata, tensors } = readGguf(file);
  const architecture = metadata.text('general.architecture') ?? 'unknown';
  const all = [...tensors.values()];
  const parameters = all.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);
  const tensorsByType: Record<string, number> = {};
  for (const { type } of all) tensorsByType[type] = (tensorsByType[type] ?? 0) + 1;
  const tokenizer = [metadata.text('tokenizer.ggml.model'), metadata.text('tokenizer.ggml.pre')];
  const tokens = metadata.get('tokenizer.ggml.tokens');
  return {
    name: metadata.text('general.name') ?? 'unnamed',
    architecture,
    runnable: supportedArchitectures.includes(architecture),
    parameters,
    smokeScale: parameters < smokeScaleParameters,
    tensorsByType,
    layers: metadata.integer(`${architecture}.block_count`) ?? null,
    contextLength: metadata.integer(`${architecture}.context_length`) ?? null,
    tokenizer: tokenizer.filter(Boolean).join(' / ') || null,
    vocabularySize: Array.isArray(tokens) ? tokens.length : null,
    chatTemplate: metadata.text('tokenizer.chat_template') !== undefined,
  };
}
