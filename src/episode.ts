import { z } from 'zod';

/** How a primitive action ended: `invalid` could not be done, `nochange` was legal and changed nothing. */
export const primitiveStatusSchema = z.enum(['ok', 'invalid', 'nochange']);

/** One primitive action of a text world, and what it brought. */
export const primitiveRecordSchema = z.object({
  command: z.string(),
  status: primitiveStatusSchema,
  observation: z.string(),
  /** The best share of the goal reached so far, in [0, 1]. */
  progress: z.number(),
});
export type PrimitiveRecord = z.infer<typeof primitiveRecordSchema>;

/**
 * How one agent turn in a text world ended. A turn of several primitives is `ok` when none of them failed; beyond
 * what a primitive can end in: the code was refused by the static check, raised, ran out of time, memory, output or
 * primitive actions, or broke the sandbox's protocol. `thought`: no action was meant.
 */
export const turnStatusSchema = z.enum([
  ...primitiveStatusSchema.options,
  'thought',
  'refused',
  'exception',
  'timeout',
  'out-of-memory',
  'too-much-output',
  'too-many-primitives',
  'protocol-violation',
]);
export type TurnStatus = z.infer<typeof turnStatusSchema>;

/** One agent turn in a text world: a line of Python that ran any number of primitive actions. */
export const episodeTurnSchema = z.object({
  /** As the model wrote it, after reading its reply. */
  action: z.string(),
  status: turnStatusSchema,
  /** The learned action that the line calls, where it calls exactly one. */
  learned: z.string().nullable(),
  primitives: z.array(primitiveRecordSchema),
  /** Milliseconds in sandbox and world. */
  ms: z.number().nonnegative(),
});
export type EpisodeTurn = z.infer<typeof episodeTurnSchema>;

/** How an episode in a text world ended. */
export const episodeOutcomeSchema = z.object({
  kind: z.literal('episode'),
  stop: z.enum(['won', 'turn-limit', 'primitive-limit', 'context-limit', 'program-ended']),
  won: z.boolean(),
  /** The best share of the goal reached, in [0, 1]. */
  progress: z.number(),
  /** Agent turns and primitive actions taken, and how many of the latter were valid. */
  turns: z.number().int().nonnegative(),
  primitives: z.number().int().nonnegative(),
  validPrimitives: z.number().int().nonnegative(),
  /** Turns that called a learned action, and how many of those ended `ok`. */
  learnedCalls: z.number().int().nonnegative(),
  learnedCallsOk: z.number().int().nonnegative(),
  /** Of the action library that was in the prompt; null without one. */
  library: z.string().nullable(),
});
export type EpisodeOutcome = z.infer<typeof episodeOutcomeSchema>;
