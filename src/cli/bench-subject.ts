import type { Subject } from '../../evals/bench/measurement.ts';
import { resolveSettings } from '../config.ts';
import { loadEngine } from '../engine/load-engine.ts';
import { locateModel } from './model-files.ts';

/** The model behind `--model`, as measurements name it. */
export async function benchSubject(model: string | undefined, signal: AbortSignal): Promise<Subject> {
  const { settings } = resolveSettings({ model });
  const { file, sha256 } = await locateModel(settings.model, signal);
  const engine = await loadEngine(file, { threads: 1, contextLength: 64 });
  engine.close();
  const { facts, simd, tokenizer } = engine;
  return { file, sha256, facts, simd, textTokens: tokenizer.vocabularySize };
}
