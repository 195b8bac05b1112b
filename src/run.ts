import { z } from 'zod';
import { episodeOutcomeSchema, episodeTurnSchema } from './episode.ts';

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

/** More or less of something: a perturbation, a change, or what a question asks for. */
export const directionSchema = z.enum(['+', '-']);
export type Direction = z.infer<typeof directionSchema>;

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

/** One step of a signed path: a numbered line of the evidence, walked from one node to the next. */
export const pathStepSchema = z.object({
  line: z.number().int().nonnegative(),
  /** The graph's edge key, and the keys of its ends. */
  edge: z.string(),
  head: z.string(),
  tail: z.string(),
  /** Of the edge; `0` for a membership, which hands a change on as it is. */
  sign: signSchema,
  /** Walked from tail to head: from a family to its member, or from one side of an interaction to the other. */
  backwards: z.boolean(),
  /** What happens to the node that the step comes to. */
  change: directionSchema,
});
export type PathStep = z.infer<typeof pathStepSchema>;

/** What a question asks about: a node's activity or amount, a modification of it, or that two nodes come together. */
export const targetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('activity'), node: z.string() }),
  z.object({ kind: z.literal('modification'), node: z.string(), modification: z.string() }),
  z.object({ kind: z.literal('interaction'), node: z.string(), partner: z.string() }),
]);
export type Target = z.infer<typeof targetSchema>;

/** Why an answer follows, checkable against the graph without a model: `pathact verify`. */
export const certificateSchema = z.object({
  type: z.literal('certificate'),
  version: z.literal(1),
  question: z.string(),
  verdict: verdictSchema,
  graph: z.object({
    name: z.string(),
    hash: z.string(),
    /** How the graph differs from the one its files hold: keys of edges left out, and of edges whose sign was turned. */
    removed: z.array(z.string()).optional(),
    flipped: z.array(z.string()).optional(),
  }),
  /** What is changed, as the question tells it. */
  perturbed: z.object({ node: z.string(), direction: directionSchema }),
  target: targetSchema,
  /** The direction that Yes would confirm. */
  asked: directionSchema,
  /** From the perturbed node to the target. */
  steps: z.array(pathStepSchema),
  /** The lines of the steps, and no others. */
  lines: z.array(z.object({ line: z.number().int().nonnegative(), text: z.string(), edge: z.string() })),
});
export type Certificate = z.infer<typeof certificateSchema>;

/** What signed propagation over the graph says of a question: a second opinion that needs no model. */
export const mechanismSchema = z.object({
  verdict: verdictSchema.nullable(),
  /** Why there is no verdict; null where there is one. */
  abstained: z.enum(['not-read', 'no-path', 'undecided', 'open']).nullable(),
  /** The mechanism step by step in words, with line numbers. */
  text: z.array(z.string()),
  /** Opposing paths, feedback and disputed edges, in words. */
  notes: z.array(z.string()),
  /** Lines of the mechanism that the answer's evidence lacks, numbered on from it. */
  lines: z.array(evidenceLineSchema),
});
export type Mechanism = z.infer<typeof mechanismSchema>;

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
  /** Why the verdict follows from the evidence; null where that could not be shown, absent where it was not tried. */
  certificate: certificateSchema.nullable().optional(),
  /** What propagation over the whole graph says of the same question. */
  mechanism: mechanismSchema.optional(),
});
export type AnswerOutcome = z.infer<typeof answerOutcomeSchema>;

/** How a sample ended: a question was answered, or an episode played. */
export const outcomeSchema = z.discriminatedUnion('kind', [answerOutcomeSchema, episodeOutcomeSchema]);
export type Outcome = z.infer<typeof outcomeSchema>;

/** What a run tells on its way, in order. */
const progressEventSchema = z.discriminatedUnion('type', [
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
    /** In a text world: what the turn did. */
    turn: episodeTurnSchema.optional(),
  }),
  /**
   * A model call outside of the growing conversation: reasoning, uncertainty check, fallback or verdict; of the
   * baselines also the refinement of a draft, the selection of triples and the check whether they suffice; of a
   * learner the creation, the usage example and the description of actions, a revision, and a lesson.
   */
  z.object({
    type: z.literal('stage'),
    stage: z.enum([
      ...(['reason', 'uncertainty', 'fallback', 'verdict', 'refine', 'select', 'sufficient'] as const),
      ...(['create', 'usage', 'describe', 'revise', 'lesson'] as const),
    ]),
    prompt: z.array(messageSchema),
    text: z.string(),
    usage: usageSchema.optional(),
    ms: z.number().nonnegative(),
  }),
]);
export type ProgressEvent = z.infer<typeof progressEventSchema>;

/** A run's stream: the last event is `finished`. Of a question by default; a text world's ends in an `EpisodeOutcome`. */
export type RunEvent<O extends Outcome = AnswerOutcome> = ProgressEvent | { type: 'finished'; outcome: O };
export const runEventSchema = z.discriminatedUnion('type', [
  ...progressEventSchema.options,
  z.object({ type: z.literal('finished'), outcome: outcomeSchema }),
]);

/** How a stored sample ended. */
export const sampleStatusSchema = z.enum(['success', 'error', 'limit', 'cancelled', 'refused']);
export type SampleStatus = z.infer<typeof sampleStatusSchema>;
