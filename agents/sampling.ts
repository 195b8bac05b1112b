import { isSmokeScale, type ServedModel } from '../src/model/chat-model.ts';
import type { AskSettings } from './asker.ts';

export interface Sampling extends AskSettings {
  maxTokens: number;
}

/**
 * How to ask for one piece of step-by-step reasoning. A model below 1B weights repeats itself up to any limit, so
 * its replies are short and repetition costs. `compat` samples as the reference does, at its own temperature.
 */
export function reasoningSampling(served: ServedModel, compatTemperature: number | undefined): Sampling {
  if (compatTemperature !== undefined)
    return { temperature: compatTemperature, maxTokens: served.contextLength };
  if (isSmokeScale(served)) return { temperature: 0, maxTokens: 192, frequencyPenalty: 0.5 };
  return { temperature: 0, maxTokens: 1024 };
}

/** One turn of navigation holds a short thought and a call with the question in it. The reference sets no limit. */
export function navigationSampling(served: ServedModel, compat: boolean): Sampling {
  if (compat) return { temperature: 0, maxTokens: 1024 };
  if (isSmokeScale(served)) return { temperature: 0, maxTokens: 96, frequencyPenalty: 0.5 };
  return { temperature: 0, maxTokens: 160 };
}
