import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEndpoint, type Endpoint, type EndpointOptions } from '../../src/endpoint/app.ts';
import type { Engine, EngineOptions } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { type TinyOptions, writeTinyGguf } from './tiny-gguf.ts';

/** The native engine over a tiny model with random weights. */
export async function tinyEngine(
  options: TinyOptions = {},
  engineOptions: EngineOptions = {},
): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-engine-'));
  try {
    return await loadEngine(writeTinyGguf(join(folder, 'tiny.gguf'), options), {
      threads: 1,
      ...engineOptions,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Our endpoint over any engine, under the name `tiny`. */
export function endpointOver(engine: Engine, options: Partial<EndpointOptions> = {}): Endpoint {
  return createEndpoint(engine, { id: 'tiny', sha256: 'a'.repeat(64), version: '0.0.0', ...options });
}

/** Keeps a model with random weights from ending its reply by chance. */
export const neverStop = { '0': -100, '1': -100, '2': -100 };
