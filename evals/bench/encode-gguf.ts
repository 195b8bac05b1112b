import { tensorType } from '../../src/engine/gguf-types.ts';
import { encodeValue, type GgufWritable, layOutGguf } from '../../src/engine/gguf-writer.ts';

/** A metadata value with its GGUF type. */
export type Value = GgufWritable;

export interface TensorData {
  name: string;
  shape: readonly number[];
  typeId: number;
  data: Uint8Array;
}

/** The bytes of a whole GGUF file with these keys and tensors. */
export function encodeGguf(
  metadata: Readonly<Record<string, Value>>,
  tensors: readonly TensorData[],
  options: { version?: number; alignment?: number } = {},
): Buffer {
  const keys = new Map(Object.entries(metadata).map(([key, value]) => [key, encodeValue(value)]));
  const planned = tensors.map((tensor) => ({ ...tensor, byteLength: tensor.data.length }));
  const { header, offsets, fileBytes } = layOutGguf(keys, planned, options);
  const file = Buffer.alloc(fileBytes);
  header.copy(file);
  tensors.forEach(({ data }, i) => {
    file.set(data, offsets[i]!);
  });
  return file;
}

/** Bytes that a tensor of this shape and type takes. */
export function tensorBytes(shape: readonly number[], typeId: number): number {
  const { blockValues, blockBytes } = tensorType(typeId)!;
  return (shape.reduce((product, size) => product * size, 1) / blockValues) * blockBytes;
}
