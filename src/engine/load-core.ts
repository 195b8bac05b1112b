import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MissingError } from '../errors.ts';
import type { NativeCore, NativeCoreOptions, TestKernels } from './native-core.ts';

/** The loaded addon. */
export interface CoreModule {
  Core: new (options: NativeCoreOptions) => NativeCore;
  /** The best SIMD level of this machine: scalar, avx2 or avx512. */
  bestSimd: string;
  /**
   * Weight rows of one tensor type as another: F32, F16, Q8_0 or Q4_0. `columns` is a whole number of both types'
   * blocks. Throws `TypeError` where the arguments do not fit together.
   */
  convertRows(fromTypeId: number, toTypeId: number, rows: Uint8Array, columns: number): Uint8Array;
  /** Bytes a second of reading a fresh buffer of this size (512 KiB to 2 GiB) once. Blocks while it does. */
  readBandwidth(bytes: number, threads: number): number;
  /** The kernels of one level for tests; null where this machine lacks it. */
  kernels(level: string): TestKernels | null;
}

/** A loaded core and where it came from. */
export interface FoundCore {
  module: CoreModule;
  simd: string;
  file: string;
}

interface BuildScript {
  findCores(): string[];
  buildCore(say: (line: string) => void): string;
}

let found: Promise<FoundCore> | undefined;

/**
 * The native core: packed with the package or built earlier; built now where there is none, with a line on
 * stderr, since that takes a while. Throws `MissingError` saying what to install when it cannot be built.
 */
export function ensureCore(): Promise<FoundCore> {
  found ??= findCore().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

/** The core that is there already; undefined where `ensureCore` would have to build one. */
export async function findBuiltCore(): Promise<FoundCore | undefined> {
  const script = await importBuildScript();
  for (const file of script.findCores()) {
    const module = tryLoad(file);
    if (!(module instanceof Error)) return { module, simd: module.bestSimd, file };
  }
  return undefined;
}

async function findCore(): Promise<FoundCore> {
  const ready = await findBuiltCore();
  if (ready) return ready;
  const file = build(await importBuildScript());
  const module = tryLoad(file);
  if (module instanceof Error) throw missing(`the native core at ${file} does not load`, module);
  return { module, simd: module.bestSimd, file };
}

// A packed core may be for another C library; then the next one is tried.
function tryLoad(file: string): CoreModule | Error {
  try {
    return createRequire(import.meta.url)(file) as CoreModule;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function importBuildScript(): Promise<BuildScript> {
  return (await import(pathToFileURL(buildScript()).href)) as BuildScript;
}

function build(script: BuildScript): string {
  try {
    return script.buildCore((line) => process.stderr.write(`${line}\n`));
  } catch (cause) {
    throw missing(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function missing(message: string, cause: unknown): MissingError {
  const hint =
    'It needs python3, make and a C++20 compiler (Debian: apt install python3 make g++), and write access to the package folder.';
  return new MissingError(message, { hint, cause });
}

// In a checkout this file lies in src/engine, in the package in dist/src/engine.
function buildScript(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'scripts/build-core.mjs')) && folder !== dirname(folder))
    folder = dirname(folder);
  return join(folder, 'scripts/build-core.mjs');
}
