import { crc32 } from 'node:zlib';

// Signature, version 2.0, no flags, stored, midnight of 1 January 1980.
const localStart = Buffer.from('504b0304' + '1400' + '0000' + '0000' + '0000' + '2100', 'hex');
const centralStart = Buffer.from('504b0102' + '14001400' + '0000' + '0000' + '0000' + '2100', 'hex');

/** A zip file of stored members: all that a wheel needs. */
export function zipOf(members: Record<string, Uint8Array>): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const path = Buffer.from(name);
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(crc32(content), 0);
    sizes.writeUInt32LE(content.length, 4);
    sizes.writeUInt32LE(content.length, 8);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(path.length, 0);
    const local = Buffer.concat([localStart, sizes, lengths, path, content]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([centralStart, sizes, lengths, tail, path]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(centrals.length, 8);
  end.writeUInt16LE(centrals.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** A wheel `tiny_model-1.0-py3-none-any.whl` that pip accepts, with one model file in it. */
export function tinyWheel(model: Uint8Array): Buffer {
  const text = (content: string) => Buffer.from(content);
  return zipOf({
    'tiny_model/model.gguf': model,
    'tiny_model-1.0.dist-info/METADATA': text('Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n'),
    'tiny_model-1.0.dist-info/WHEEL': text('Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
    'tiny_model-1.0.dist-info/RECORD': text(''),
  });
}
