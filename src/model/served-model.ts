import { z } from 'zod';
import type { ServedModel } from './chat-model.ts';
import { notTheProtocol } from './endpoint-errors.ts';

/** A window that nearly every served instruct model has; used, and said so, where nobody names one. */
const ASSUMED_CONTEXT = 8192;

const positive = z.number().int().positive();
const entrySchema = z.object({
  id: z.string(),
  context_length: positive.optional().catch(undefined), // ours, OpenRouter
  max_model_len: positive.optional().catch(undefined), // vLLM
  meta: z
    .object({
      n_params: z.number().positive().optional().catch(undefined), // ours, llama.cpp
      n_ctx: positive.optional().catch(undefined),
      sha256: z.string().max(64).optional().catch(undefined), // ours
      kv: z
        .object({ mode: z.enum(['full', 'specache']) })
        .optional()
        .catch(undefined), // ours
    })
    .nullish()
    .catch(undefined),
});
const listSchema = z.object({ data: z.array(entrySchema) });

/**
 * Reads `GET /v1/models`. A list without the model still serves: some gateways accept names they do not list.
 * A `contextSetting` of the user wins over what the endpoint says.
 */
export function readServedModel(
  body: unknown,
  name: string,
  contextSetting: number | undefined,
  baseUrl: string,
): ServedModel {
  const list = listSchema.safeParse(body);
  if (!list.success) throw notTheProtocol(baseUrl, 'a list of models', list.error);
  const entry = list.data.data.find(({ id }) => id === name);
  const told = entry?.context_length ?? entry?.max_model_len ?? entry?.meta?.n_ctx;
  const { n_params: parameters, sha256, kv } = entry?.meta ?? {};
  return { ...context(contextSetting, told), parameters, sha256, kv: kv?.mode };
}

function context(setting: number | undefined, told: number | undefined) {
  if (setting !== undefined) return { contextLength: setting, contextFrom: 'setting' as const };
  if (told !== undefined) return { contextLength: told, contextFrom: 'endpoint' as const };
  return { contextLength: ASSUMED_CONTEXT, contextFrom: 'assumed' as const };
}
