import { z } from 'zod';

/** The fields that Inspect's reader (inspect_ai, `EvalLog` of log format 2) requires, and those that it checks. */
const message = z.discriminatedUnion('role', [
  z.object({ id: z.string(), role: z.literal('system'), content: z.string() }),
  z.object({ id: z.string(), role: z.literal('user'), content: z.string() }),
  z.object({
    id: z.string(),
    role: z.literal('assistant'),
    content: z.string(),
    model: z.string().optional(),
  }),
]);
const time = z.iso.datetime({ offset: true });
const usage = z.object({
  ...{ input_tokens: z.number().int(), output_tokens: z.number().int(), total_tokens: z.number().int() },
  input_tokens_cache_read: z.number().int().nullable(),
});
const error = z.object({ message: z.string(), traceback: z.string(), traceback_ansi: z.string() });

const sample = z.object({
  id: z.union([z.string(), z.number()]),
  epoch: z.number().int().min(1),
  input: z.string(),
  target: z.string(),
  messages: z.array(message),
  output: z.object({
    model: z.string(),
    choices: z.array(z.object({ message, stop_reason: z.literal('stop') }).partial({ message: true })),
    usage,
  }),
  scores: z.record(z.string(), z.object({ value: z.number(), answer: z.string() })).optional(),
  metadata: z.record(z.string(), z.unknown()),
  model_usage: z.record(z.string(), usage),
  events: z.array(z.never()),
  attachments: z.record(z.string(), z.string()),
  uuid: z.string(),
  started_at: time,
  completed_at: time,
  error: error.optional(),
  limit: z
    .object({ type: z.enum(['context', 'time', 'message', 'token', 'turn', 'custom']), limit: z.number() })
    .optional(),
});

export const inspectLogSchema = z.object({
  version: z.literal(2),
  status: z.enum(['started', 'success', 'cancelled', 'error']),
  eval: z.object({
    ...{ created: time, task: z.string(), model: z.string(), eval_id: z.string(), run_id: z.string() },
    dataset: z.object({ name: z.string(), samples: z.number().int(), sample_ids: z.array(z.string()) }),
    config: z.object({ epochs: z.number().int(), epochs_reducer: z.array(z.string()) }),
    revision: z
      .object({
        type: z.literal('git'),
        origin: z.string(),
        commit: z.string(),
        dirty: z.boolean().nullable(),
      })
      .nullable(),
  }),
  plan: z.object({ steps: z.array(z.object({ solver: z.string() })) }),
  results: z.object({
    total_samples: z.number().int(),
    completed_samples: z.number().int(),
    scores: z.array(
      z.object({
        ...{ name: z.string(), scorer: z.string() },
        metrics: z.record(z.string(), z.object({ name: z.string(), value: z.number() })),
      }),
    ),
  }),
  stats: z.object({ started_at: time, completed_at: time.optional() }),
  error: error.optional(),
  samples: z.array(sample),
});
