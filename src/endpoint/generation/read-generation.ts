import type { SamplerSettings } from '../../engine/sampler.ts';
import { badRequest } from '../api-error.ts';
import type { GenerationBody } from './generation-schema.ts';

/** What a body asks of the sampler; absent fields are OpenAI's defaults, and a random seed. */
export function readSampling(body: GenerationBody, vocabularySize: number): SamplerSettings {
  return {
    temperature: body.temperature ?? 1,
    topK: Math.max(0, body.top_k ?? 0),
    topP: body.top_p ?? 1,
    minP: body.min_p ?? 0,
    repetitionPenalty: body.repetition_penalty ?? body.repeat_penalty ?? 1,
    presencePenalty: body.presence_penalty ?? 0,
    frequencyPenalty: body.frequency_penalty ?? 0,
    logitBias: readLogitBias(body.logit_bias ?? {}, vocabularySize),
    seed: body.seed ?? Math.floor(Math.random() * 2 ** 48),
  };
}

function readLogitBias(bias: Record<string, number>, vocabularySize: number): Map<number, number> {
  const entries = Object.entries(bias).map(([key, value]): [number, number] => {
    const id = Number(key);
    if (/^\d{1,9}$/.test(key) && id < vocabularySize) return [id, value];
    throw badRequest(`logit_bias: "${key.slice(0, 40)}" is no token id of this model.`, 'logit_bias');
  });
  return new Map(entries);
}

export function readStops(stop: GenerationBody['stop']): string[] {
  const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
  if (stops.some((text) => text.length > 1000)) {
    throw badRequest('stop: at most 1000 characters each.', 'stop');
  }
  return stops.filter((text) => text !== '');
}

/** Fields whose meaning we cannot give are refused rather than passed over; `false`, null and empty are no wish. */
export function refuseFields(body: Record<string, unknown>, refused: Readonly<Record<string, string>>): void {
  for (const [param, reason] of Object.entries(refused)) {
    const value = body[param];
    if (value === undefined || value === null || value === false || value === '') continue;
    if (Array.isArray(value) && value.length === 0) continue;
    throw badRequest(`${param}: ${reason}`, param, 'unsupported');
  }
}

/** Earlier names of what other fields ask for now. */
export const refusedEverywhere = {
  guided_json: 'not supported; use response_format or structured_outputs.json.',
  guided_regex: 'not supported; use structured_outputs.regex.',
  guided_choice: 'not supported; use structured_outputs.choice.',
  guided_grammar: 'not supported; use structured_outputs.grammar.',
  stop_token_ids: 'not supported; use stop.',
  prompt_logprobs: 'not supported.',
  use_beam_search: 'not supported.',
} as const;
