import { type Stats, statSync } from 'node:fs';
import { ApiError } from './api-error.ts';

/**
 * Watches the file behind the mapped weights. One that is replaced by renaming leaves the old bytes mapped and does no
 * harm. One that is written or cut in place changes them under the engine: such a model answers no more. The check comes
 * with each request; a file cut while a request runs can still end the process, which no check from here can prevent.
 */
export class ModelFile {
  readonly #path: string;
  readonly #first: Stats;

  constructor(path: string) {
    this.#path = path;
    this.#first = statSync(path);
  }

  /** Throws `ApiError` 503 when the file's bytes are no longer those that were loaded. */
  check(): void {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    const { dev, ino, size, mtimeMs } = this.#first;
    if (!now || now.dev !== dev || now.ino !== ino) return;
    if (now.size === size && now.mtimeMs === mtimeMs) return;
    throw new ApiError(503, 'The model file was changed while it was served; restart the endpoint.', {
      code: 'model_file_changed',
    });
  }
}
