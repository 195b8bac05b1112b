import { z } from 'zod';
import { sampleStatusSchema, verdictSchema } from '../../src/run.ts';
import { runSettingsSchema, runStatusSchema } from '../../src/store/runs.ts';
import type { SampleRecord } from '../../src/store/samples.ts';
import type { Plan } from './resume.ts';
import type { TaskSample } from './task.ts';

/** First line of `eval --json`: which run, and what of it was finished before. */
export const runLineSchema = z.object({
  type: z.literal('run'),
  run: z.string(),
  task: z.string(),
  method: z.string(),
  resumed: z.boolean(),
  /** Samples the run will have, epochs counted. */
  planned: z.number().int(),
  /** Finished by an earlier attempt: not asked again, no line of their own, counted by the summary. */
  kept: z.array(z.object({ id: z.string(), epoch: z.number().int() })),
  settings: runSettingsSchema,
});

/** One line for each sample that this attempt finished, once it is durable. */
export const sampleLineSchema = z.object({
  type: z.literal('sample'),
  run: z.string(),
  id: z.string(),
  epoch: z.number().int(),
  status: sampleStatusSchema,
  score: z.number().nullable(),
  verdict: verdictSchema.nullable(),
  unparsed: z.boolean(),
  error: z.string().nullable(),
  modelCalls: z.number().int(),
  promptTokens: z.number().int(),
  cachedTokens: z.number().int(),
  completionTokens: z.number().int(),
  ms: z.number(),
});

/** Members of every last line; a task adds its own. */
export const summaryLineSchema = z.object({
  type: z.literal('summary'),
  run: z.string(),
  status: runStatusSchema,
  planned: z.number().int(),
  /** The model has fewer than one billion parameters: the scores say nothing about the method. */
  smokeScale: z.boolean(),
  /** Wall time of this attempt. */
  seconds: z.number(),
});

export function runLine({ run, resumed, kept }: Plan<TaskSample>): z.infer<typeof runLineSchema> {
  const { id, task, method, planned, settings } = run;
  return { type: 'run', run: id, task, method, resumed, planned, kept, settings };
}

export function sampleLine(run: string, record: SampleRecord): z.infer<typeof sampleLineSchema> {
  const { id, epoch, status, score, error, modelCalls, promptTokens, cachedTokens, completionTokens } =
    record;
  return {
    ...{ type: 'sample', run, id, epoch, status, score },
    verdict: record.outcome?.verdict ?? null,
    unparsed: record.outcome?.unparsed ?? false,
    ...{ error, modelCalls, promptTokens, cachedTokens, completionTokens, ms: Math.round(record.ms) },
  };
}
