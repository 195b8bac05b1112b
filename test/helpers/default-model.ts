import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { directories } from '../../src/config.ts';

/** The default model's file, where `pathact models pull` puts it. */
export const defaultModelFile = join(
  directories().cache,
  'models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf',
);

/** True when a test on the real model should be skipped: it is not pulled, and this is not CI, where it must run. */
export const lacksDefaultModel = !existsSync(defaultModelFile) && process.env.CI !== 'true';
