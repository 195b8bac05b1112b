import { randomUUID } from 'node:crypto';
import type { ServedModel } from '../served-model.ts';
import type { TextResult } from './text-service.ts';

/** An id as OpenAI writes them, e.g. `chatcmpl-` and 32 digits. */
export const newId = (prefix: string) => prefix + randomUUID().replaceAll('-', '');

export const nowInSeconds = () => Math.floor(Date.now() / 1000);

/** What every completion and every chunk of one begins with. */
export function envelope(idPrefix: string, object: string, model: ServedModel) {
  return {
    id: newId(idPrefix),
    object,
    created: nowInSeconds(),
    model: model.id,
    system_fingerprint: model.fingerprint,
  };
}

/** The prompt counts once, however many replies were made of it. */
export function usageOf({ promptTokens, cachedTokens, choices, audit }: TextResult, reasoningTokens = 0) {
  const completionTokens = choices.reduce((sum, choice) => sum + choice.completionTokens, 0);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
    ...(audit && {
      kv_audit: {
        steps: audit.steps,
        mean_kl: audit.meanKl,
        max_kl: audit.maxKl,
        top1_agreement: audit.agreements / audit.steps,
      },
    }),
  };
}
