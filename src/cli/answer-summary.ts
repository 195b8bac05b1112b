import { z } from 'zod';
import { isSmokeScale, type ServedModel } from '../model/chat-model.ts';
import {
  type AnswerOutcome,
  certificateSchema,
  evidenceLineSchema,
  mechanismSchema,
  stopSchema,
  usageSchema,
  verdictSchema,
} from '../run.ts';

/** Why no answer is given although the run ended well. */
export const cannotTellSchema = z.enum([
  'not-connected',
  'nothing-named',
  'no-verdict',
  'interrupted',
  'failed',
]);
export type CannotTell = z.infer<typeof cannotTellSchema>;

/** The last line of `ask --json`. */
export const askSummarySchema = z.object({
  type: z.literal('summary'),
  question: z.string(),
  kind: z.enum(['judge', 'open']),
  /** What the user is told: `Yes`, `No`, a text, or `I can't tell`. */
  answer: z.string(),
  cannotTell: cannotTellSchema.nullable(),
  /** The model's own words and verdict, whatever the evidence says of them. */
  reasoning: z.string(),
  verdict: verdictSchema.nullable(),
  stop: stopSchema.nullable(),
  steps: z.number().int(),
  uncertain: z.boolean(),
  connected: z.boolean().nullable(),
  evidence: z.array(evidenceLineSchema),
  /** Why the verdict follows from the evidence; null for an unsupported answer. `pathact verify` checks it. */
  certificate: certificateSchema.nullable(),
  /** What signed propagation over the graph says, without a model; null where the run ended before. */
  mechanism: mechanismSchema.nullable(),
  /** Both the model and the propagation gave a verdict, and not the same one. */
  disagree: z.boolean(),
  model: z.object({
    name: z.string(),
    parameters: z.number().nullable(),
    sha256: z.string().nullable(),
    smokeScale: z.boolean(),
    contextLength: z.number().int(),
    contextFrom: z.enum(['endpoint', 'setting', 'assumed']),
  }),
  graph: z.object({ name: z.string(), nodes: z.number().int(), edges: z.number().int(), hash: z.string() }),
  settings: z.object({
    seed: z.number().int(),
    maxSteps: z.number().int(),
    compat: z.boolean(),
    scoring: z.enum(['tfidf', 'hybrid']),
    prompts: z.string(),
  }),
  usage: usageSchema,
  ms: z.number(),
});
export type AskSummary = z.infer<typeof askSummarySchema>;

export const CANNOT_TELL = "I can't tell";

const reasons: Record<CannotTell, string> = {
  'not-connected': 'the evidence found does not connect the entities that the question names',
  'nothing-named': 'the graph knows no entity that the question names',
  'no-verdict': 'the model gave no Yes or No that could be read',
  interrupted: 'the search was interrupted; this is what it had found',
  failed: 'the search ended with an error; this is what it had found',
};

/** Why the evidence or the reply allows no answer; null when there is one. `namesFound` where names were resolved. */
export function whyCannotTell(outcome: AnswerOutcome, namesFound: number | undefined): CannotTell | null {
  if (namesFound === 0) return 'nothing-named';
  if (outcome.connected === false) return 'not-connected';
  return outcome.unparsed ? 'no-verdict' : null;
}

/** The answer as it is told: a verdict, a text or that there is none, and why. */
export function toldAnswer(outcome: AnswerOutcome, cannotTell: CannotTell | null): string {
  if (cannotTell) return CANNOT_TELL;
  return outcome.verdict ?? outcome.answer;
}

export function cannotTellText(reason: CannotTell): string {
  return `${CANNOT_TELL}: ${reasons[reason]}.`;
}

export function modelSummary(name: string, served: ServedModel): AskSummary['model'] {
  const { parameters = null, sha256 = null, contextLength, contextFrom } = served;
  return { name, parameters, sha256, smokeScale: isSmokeScale(served), contextLength, contextFrom };
}
