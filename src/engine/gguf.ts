import { type GgufMetadata, MOST_KEYS, readMetadata } from './gguf-metadata.ts';
import { HeaderReader, printable } from './gguf-reader.ts';
import { tensorType } from './gguf-types.ts';

export interface GgufTensor {
  name: string;
  /** ggml's type, e.g. `Q4_1`, and its number in the file. */
  type: string;
  typeId: number;
  /** ggml order: `shape[0]` is the contiguous row length. One to four entries. */
  shape: number[];
  /** From the start of the file, in bytes. */
  offset: number;
  byteLength: number;
}

/** A GGUF file's header: everything but the weights. */
export interface GgufFile {
  path: string;
  version: number;
  fileBytes: number;
  alignment: number;
  metadata: GgufMetadata;
  /** In the file's order. */
  tensors: Map<string, GgufTensor>;
}

/** Limits that no real model comes near; past them the file is taken as broken rather than read. */
const LIMITS = { tensors: 65_536, tensorNameBytes: 255, alignment: 1024 * 1024 } as const;

/**
 * Reads the header of a GGUF file (version 2 or 3, little endian); the weights stay on disk, so a
 * file of any size costs its header only. Every count, length and offset is checked before use.
 * Throws `MissingError` when there is no such file and `MalformedFileError` naming file and place.
 */
export function readGguf(path: string): GgufFile {
  const reader = HeaderReader.open(path);
  try {
    const version = readVersion(reader);
    const tensorCount = reader.count('the tensor count', LIMITS.tensors, 24);
    const keyCount = reader.count('the key count', MOST_KEYS, 13);
    const metadata = readMetadata(reader, keyCount);
    const alignment = readAlignment(metadata);
    const infos = readTensorInfos(reader, tensorCount);
    const dataStart = Math.ceil(reader.position / alignment) * alignment;
    const tensors = placeTensors(infos, dataStart, alignment, reader);
    return { path, version, fileBytes: reader.fileBytes, alignment, metadata, tensors };
  } finally {
    reader.close();
  }
}

function readVersion(reader: HeaderReader): number {
  if (reader.fileBytes < 24 || reader.bytes(4, 'the magic').toString('latin1') !== 'GGUF') {
    throw reader.malformed('the first four bytes', 'are not "GGUF"');
  }
  const version = reader.u32('the version');
  if (version === 2 || version === 3) return version;
  const bigEndian = version === 0x02000000 || version === 0x03000000;
  throw reader.malformed(
    'the version',
    bigEndian ? 'is stored big endian; convert the file to little endian' : `is ${version}; 2 and 3 are read`,
  );
}

function readAlignment(metadata: GgufMetadata): number {
  const alignment = metadata.integer('general.alignment') ?? 32;
  const usable = alignment >= 1 && alignment <= LIMITS.alignment && Number.isInteger(Math.log2(alignment));
  if (usable) return alignment;
  throw metadata.malformed(
    'the value of "general.alignment"',
    `is ${alignment}, not a power of two up to 1 MiB`,
  );
}

type TensorInfo = Omit<GgufTensor, 'byteLength'>;

function readTensorInfos(reader: HeaderReader, count: number): Map<string, TensorInfo> {
  const infos = new Map<string, TensorInfo>();
  for (let i = 0; i < count; i++) {
    const name = reader.string(`the name of tensor ${i}`, LIMITS.tensorNameBytes);
    const place = `tensor "${printable(name)}"`;
    if (infos.has(name)) throw reader.malformed(place, 'appears twice');
    const dimensions = reader.u32(place);
    if (dimensions < 1 || dimensions > 4) throw reader.malformed(place, `has ${dimensions} dimensions`);
    const shape = Array.from({ length: dimensions }, () => reader.safeU64(place));
    const typeId = reader.u32(place);
    const type = tensorType(typeId);
    if (!type) throw reader.malformed(place, `has the unknown type ${typeId}`);
    infos.set(name, { name, type: type.name, typeId, shape, offset: reader.safeU64(place) });
  }
  return infos;
}

function placeTensors(
  infos: Map<string, TensorInfo>,
  dataStart: number,
  alignment: number,
  reader: HeaderReader,
): Map<string, GgufTensor> {
  const tensors = new Map<string, GgufTensor>();
  for (const info of infos.values()) {
    const place = `tensor "${printable(info.name)}"`;
    const byteLength = tensorBytes(info, reader, place);
    const offset = dataStart + info.offset;
    if (info.offset % alignment !== 0) throw reader.malformed(place, `starts off the alignment ${alignment}`);
    if (offset + byteLength > reader.fileBytes) {
      throw reader.malformed(place, `needs ${byteLength} bytes at ${offset}, past the file's end`);
    }
    tensors.set(info.name, { ...info, offset, byteLength });
  }
  return tensors;
}

// Stops before a product can leave the exact range of a double: no tensor has more values than the file has bits.
function tensorBytes(info: TensorInfo, reader: HeaderReader, place: string): number {
  const { blockValues, blockBytes } = tensorType(info.typeId)!;
  const most = reader.fileBytes * 8;
  let values = 1;
  for (const size of info.shape) {
    if (size < 1 || size > most / values) {
      throw reader.malformed(place, `has the shape ${info.shape.join(' x ')}, which the file cannot hold`);
    }
    values *= size;
  }
  if (info.shape[0]! % blockValues !== 0) {
    throw reader.malformed(
      place,
      `has rows of ${info.shape[0]} values; ${info.type} packs ${blockValues} at a time`,
    );
  }
  return (values / blockValues) * blockBytes;
}
