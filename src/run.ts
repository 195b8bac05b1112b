import { z } from 'zod';

/** One turn of a conversation. */
export const messageSchema = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string(),
});
export type Message = z.infer<typeof messageSchema>;

/** Tokens of one model call. `cachedTokens` is the part of `promptTokens` that was not computed again. */
export const usageSchema = z.object({
  promptTokens: z.number().int().nonnegative(),
  cachedTokens: z.number().int().nonnegative(),
  completionTokens: z.number().int().nonnegative(),
});
export type Usage = z.infer<typeof usageSchema>;

/** The direction of an effect: raises, lowers, unsigned (a relation without direction) or sources that disagree. */
export const signSchema = z.enum(['+', '-', '0', 'conflict']);
export type Sign = z.infer<typeof signSchema>;

/** One numbered pathway line as the agent saw it, with what it takes to check it. */
export const evidenceLineSchema = z.object({
  line: z.number().int().nonnegative(),
  text: z.string(),
  /** The graph's edge key. */
  edge: z.string(),
  /** Labels of the two nodes. */
  head: z.string(),
  tail: z.string(),
  sign: signSchema,
  sources: z.array(z.string()),
});
export type EvidenceLine = z.infer<typeof evidenceLineSchema>;

export const verdictSchema = z.enum(['Yes', 'No']);
export type Verdict = z.infer<typeof verdictSchema>;

/** Why an agent's loop ended. `unreadable`: moves it cannot read; `stuck`: moves that bring nothing new. */
export const stopSchema = z.enum(['done', 'unreadable', 'stuck', 'step-limit', 'context-limit']);
export type Stop = z.infer<typeof stopSchema>;

/** How a question was answered. `verdict` is null on open questions and where no Yes or No could be read. */
export const answerOutcomeSchema = z.object({
  kind: z.literal('answer'),
  stop: stopSchema,
  answer: z.string(),
  verdict: verdictSchema.nullable(),
  /** The reply held no answer that could be read, or abstained: wrong for either label, counted apart. */
  unparsed: z.boolean(),
  /** The reasoner said that the evidence does not decide the question. */
  uncertain: z.boolean(),
  /**
   * Every entity that the question names lies in one connected piece of the evidence; false where it names none
   * of the graph, null where no graph was used.
   */
  connected: z.boolean().nullable(),
  steps: z.number().int().nonnegative(),
  /** Absent where a method does not navigate. */
  navigation: z
    .object({
      /** Replies that were no legal call and no answer. */
      invalid: z.number().int().nonnegative(),
      /** Replies were decoded under a schema of the legal ones. */
      constrained: z.boolean(),
    })
    .optional(),
  evidence: z.array(evidenceLineSchema),
});
export type AnswerOutcome = z.infer<typeof answerOutcomeSchema>;

/** What a run tells, in order; the last event is `finished`. */
export const runEventSchema = z.discriminatedUnion('type', [
  /** Names in the question that were found in the graph, before any model call. */
  z.object({
    type: z.literal('resolved'),
    names: z.array(z.object({ text: z.string(), node: z.string(), name: z.string() })),
  }),
  /** The conversation before the first reply. */
  z.object({ type: z.literal('opening'), messages: z.array(messageSchema) }),
  /** A move we made ourselves, shown as such. */
  z.object({ type: z.literal('given-move'), step: z.number().int(), text: z.string() }),
  z.object({
    type: z.literal('reply'),
    step: z.number().int(),
    text: z.string(),
    usage: usageSchema.optional(),
    ms: z.number().nonnegative(),
  }),
  z.object({
    type: z.literal('observation'),
    step: z.number().int(),
    text: z.string(),
    lines: z.array(evidenceLineSchema),
  }),
  /**
   * A model call outside of the growing conversation: reasoning, uncertainty check, fallback or verdict; of the
   * baselines also the refinement of a draft, the selection of triples and the check whether they suffice.
   */
  z.object({
    type: z.literal('stage'),
    stage: z.enum(['reason', 'uncertainty', 'fallback', 'verdict', 'refine', 'select', 'sufficient']),
    prompt: z.array(messageSchema),
    text: z.string(),
    usage: usageSchema.optional(),
    ms: z.number().nonnegative(),
  }),
  z.object({ type: z.literal('finished'), outcome: answerOutcomeSchema }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;

/** How a stored sample ended. */
export const sampleStatusSchema = z.enum(['success', 'error', 'limit', 'cancelled', 'refused']);
export type SampleStatus = z.infer<typeof sampleStatusSchema>;
