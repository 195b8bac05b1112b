import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { PathactError } from '../errors.ts';
import { type GgufFile, type GgufTensor, readGguf } from './gguf.ts';
import { tensorTypeNamed } from './gguf-types.ts';
import { encodeValue, type GgufLayout, layOutGguf, type PlannedTensor } from './gguf-writer.ts';
import { type CoreModule, ensureCore } from './load-core.ts';
import { readParameters } from './model-parameters.ts';

/** What a model can be converted to; the number is llama.cpp's for `general.file_type`. */
export const conversionTypes = { f16: 1, q8_0: 7, q4_0: 2 } as const;
export type ConversionType = keyof typeof conversionTypes;

const pieceBytes = 4 * 1024 * 1024;
/** Of the quantised formats that are written; llama.cpp's, unchanged since 2023. */
const quantizationVersion = 2;

/** A conversion that is laid out but not yet written. */
export interface Conversion {
  source: GgufFile;
  layout: GgufLayout;
  tensors: readonly { from: GgufTensor; to: PlannedTensor }[];
}

/**
 * What `convertModel` will write. Vectors (norms, biases) become F32. Matrices become the wanted type, except that
 * with q4_0 the embedding and the head stay at Q8_0, and that rows of no whole number of blocks become F16.
 * Throws `MissingError`, `MalformedFileError` or `PathactError` where this engine could not run the file.
 */
export async function planConversion(file: string, type: ConversionType): Promise<Conversion> {
  const source = readGguf(file);
  readParameters(source);
  const tensors = [...source.tensors.values()].map((from) => ({ from, to: planTensor(from, type) }));
  const keys = await copyKeys(source);
  keys.set('general.file_type', encodeValue({ u32: conversionTypes[type] }));
  keys.set('general.quantization_version', encodeValue({ u32: quantizationVersion }));
  const { alignment } = source;
  const layout = layOutGguf(
    keys,
    tensors.map(({ to }) => to),
    { alignment },
  );
  return { source, layout, tensors };
}

function planTensor({ name, shape }: GgufTensor, type: ConversionType): PlannedTensor {
  const { id, blockValues, blockBytes } = tensorTypeNamed(targetType(name, shape, type));
  const values = shape.reduce((product, size) => product * size, 1);
  return { name, shape, typeId: id, byteLength: (values / blockValues) * blockBytes };
}

function targetType(name: string, shape: readonly number[], type: ConversionType): string {
  if (shape.slice(1).every((size) => size === 1)) return 'F32';
  if (type === 'f16' || shape[0]! % 32 !== 0) return 'F16';
  const isVocabulary = name === 'token_embd.weight' || name === 'output.weight';
  return type === 'q4_0' && !isVocabulary ? 'Q4_0' : 'Q8_0';
}

/** All keys of a file with their values byte for byte, so that none loses its type. */
export async function copyKeys({ path, metadata }: GgufFile): Promise<Map<string, Buffer>> {
  const file = await open(path);
  try {
    const keys = new Map<string, Buffer>();
    for (const [key, { start, end }] of metadata.places) keys.set(key, await read(file, start, end - start));
    return keys;
  } finally {
    await file.close();
  }
}

export interface ConvertOptions {
  signal: AbortSignal;
  onProgress?: (writtenBytes: number) => void;
}

/**
 * Writes the converted model to `out`, tensor by tensor; the memory it takes does not grow with the model. `out` is
 * there whole or not at all: until then the file has another name beside it, which is removed when anything fails.
 */
export async function convertModel(
  conversion: Conversion,
  out: string,
  options: ConvertOptions,
): Promise<void> {
  const { module } = await ensureCore();
  const partial = `${out}.partial-${process.pid}`;
  try {
    const target = await open(partial, 'wx');
    await writeAll(conversion, target, module, options).finally(() => target.close());
    await rename(partial, out);
  } catch (cause) {
    await rm(partial, { force: true });
    throw isSystemError(cause) ? new PathactError(`cannot write ${out}: ${cause.message}`, { cause }) : cause;
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error;

async function writeAll(
  { source, layout, tensors }: Conversion,
  target: FileHandle,
  core: CoreModule,
  { signal, onProgress }: ConvertOptions,
): Promise<void> {
  const file = await open(source.path);
  try {
    await target.write(layout.header, 0, layout.header.length, 0);
    for (const [i, { from, to }] of tensors.entries()) {
      let at = layout.offsets[i]!;
      for await (const rows of convertedRows(file, from, to, core)) {
        signal.throwIfAborted();
        await target.write(rows, 0, rows.length, at);
        at += rows.length;
        onProgress?.(at);
      }
    }
    await target.truncate(layout.fileBytes);
    await target.sync();
  } finally {
    await file.close();
  }
}

/** A tensor's rows, a few megabytes at a time. */
async function* convertedRows(
  file: FileHandle,
  from: GgufTensor,
  to: PlannedTensor,
  core: CoreModule,
): AsyncGenerator<Uint8Array> {
  const columns = from.shape[0]!;
  const rowBytes = from.byteLength / (from.shape.reduce((product, size) => product * size, 1) / columns);
  const step = Math.max(1, Math.floor(pieceBytes / rowBytes)) * rowBytes;
  for (let at = 0; at < from.byteLength; at += step) {
    const rows = await read(file, from.offset + at, Math.min(step, from.byteLength - at));
    yield from.typeId === to.typeId ? rows : core.convertRows(from.typeId, to.typeId, rows, columns);
  }
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new RangeError('the model file has become shorter');
    filled += bytesRead;
  }
  return bytes;
}
