import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { MalformedFileError, PathactError } from '../errors.ts';
import { CoreEngine } from './core-engine.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { type GgufFile, readGguf } from './gguf.ts';
import { ensureCore } from './load-core.ts';
import { loadTokenizer } from './load-tokenizer.ts';
import { readFacts, readParameters } from './model-parameters.ts';
import type { NativeCore, NativeCoreOptions } from './native-core.ts';

export { ensureCore, findBuiltCore } from './load-core.ts';

/**
 * Opens a GGUF model. The weights are mapped, not copied: loading takes milliseconds, the first tokens read the file.
 * Throws `MissingError` where file or native core are absent, `MalformedFileError` where the file contradicts itself,
 * `PathactError` where it needs something this engine does not have.
 */
export async function loadEngine(file: string, options: EngineOptions = {}): Promise<Engine> {
  const { module } = await ensureCore();
  const gguf = readGguf(file);
  const parameters = readParameters(gguf);
  const facts = readFacts(gguf, parameters);
  const tokenizer = loadTokenizer(gguf.metadata);
  const contextLength = options.contextLength ?? facts.contextLength;
  const core = openCore(module.Core, gguf, {
    ...parameters,
    path: file,
    simd: options.simd ?? 'auto',
    threads: options.threads ?? Math.min(availableParallelism(), 256),
    contextLength,
    lowBits: options.lowBit?.bits ?? 0,
    fetch: options.lowBit?.fetch ?? 0,
    predictor: options.lowBit?.predictor,
    slowFolder: options.lowBit?.slow?.tier === 'file' ? options.lowBit.slow.folder : undefined,
    tensors: [...gguf.tensors.values()],
  });
  return new CoreEngine(core, facts, tokenizer, { contextLength, lowBit: options.lowBit });
}

function openCore(
  Core: new (options: NativeCoreOptions) => NativeCore,
  file: GgufFile,
  options: NativeCoreOptions,
): NativeCore {
  try {
    return new Core(options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof RangeError) throw new PathactError(reason, { cause });
    throw new MalformedFileError(`${basename(file.path)}: ${reason}`, {
      hint: `The file is damaged or not meant for this engine: ${file.path}.`,
      cause,
    });
  }
}
