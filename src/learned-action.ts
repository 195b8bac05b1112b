import { z } from 'zod';

/** One learned action: a Python function over the primitive actions, and what the model is told of it. */
export const learnedActionSchema = z.object({
  name: z.string(),
  /** `name(args)`, as it stands in the prompt. */
  signature: z.string(),
  /** All import lines of the reply it came in, and the one top-level `def`. */
  source: z.string(),
  /** One paragraph. */
  description: z.string(),
  /** Notes on its use, oldest first; none after the function is rewritten. */
  notes: z.array(z.string()),
});
export type LearnedAction = z.infer<typeof learnedActionSchema>;

/** A frozen set of learned actions. LearnAct, arXiv 2402.15809. */
export const actionLibrarySchema = z.object({
  /** In the order they were created; names are unique. */
  actions: z.array(learnedActionSchema),
  /** One worked example of their use, shown before all others; empty without one. */
  usage: z.string(),
});
export type ActionLibrary = z.infer<typeof actionLibrarySchema>;

/**
 * What a learning run did to an action. `failure` is the turn that caused it; null for a creation. The text of the
 * prompt and of the reply are kept whole, so that `actions blame` can tell why a line is there.
 */
export const actionChangeSchema = z.object({
  name: z.string(),
  change: z.enum(['created', 'updated', 'noted']),
  action: learnedActionSchema,
  /** Content hash of the version it replaces; null for a creation. */
  parent: z.string().nullable(),
  /** Name of the model that wrote it. */
  author: z.string(),
  prompt: z.string(),
  reply: z.string(),
  failure: z
    .object({
      task: z.string(),
      turn: z.number().int().positive(),
      action: z.string(),
      observation: z.string(),
      /** The model's own reason for the failure. */
      reason: z.string(),
    })
    .nullable(),
});
export type ActionChange = z.infer<typeof actionChangeSchema>;
