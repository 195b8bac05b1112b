import { z } from 'zod';
import type { AnswerKind } from '../question.ts';
import type { Call } from './read-call.ts';
import type { Move } from './read-move.ts';

/** What may be done in a turn, as far as it changes while an investigation goes on. */
export interface LegalMoves {
  kind: AnswerKind;
  /** Names of the two searches; `local` is undefined where it cannot be called. */
  global: string;
  local: string | undefined;
  /** Lines shown so far: a local search names one of them. */
  lines: number;
  mayAnswer: boolean;
}

/** A model that rambles here would have nothing left for its call. The call's texts end with the budget at the latest. */
const THOUGHT = 200;
const KEYWORDS = 4;

/**
 * The JSON Schema of a turn that is legal now: a short thought, then a search that can be made or an answer. All
 * members are required and none may be added, as OpenAI's strict mode wants.
 */
export function moveSchema({ kind, global, local, lines, mayAnswer }: LegalMoves): object {
  const line = { type: 'integer', minimum: 0, maximum: lines - 1 };
  const answer = kind === 'judge' ? { type: 'string', enum: ['Yes', 'No'] } : text();
  const moves = [
    objectOf({ name: named(global), keywords }),
    ...(local !== undefined && lines > 0 ? [objectOf({ name: named(local), line, keywords })] : []),
    ...(mayAnswer ? [objectOf({ name: named('answer'), answer })] : []),
  ];
  return objectOf({ thought: text(THOUGHT), move: { anyOf: moves } });
}

const text = (maxLength?: number) => ({ type: 'string', minLength: 1, ...(maxLength && { maxLength }) });
const named = (name: string) => ({ type: 'string', enum: [name] });
const keywords = { type: 'array', items: text(), minItems: 1, maxItems: KEYWORDS };

function objectOf(properties: Record<string, object>): object {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

const replySchema = z.object({
  thought: z.string(),
  move: z.union([
    z.object({ name: z.literal('answer'), answer: z.string() }),
    z.object({ name: z.string(), keywords: z.array(z.string()), line: z.number().int().optional() }),
  ]),
});

const reminder = 'Reply with one JSON object {"thought": "…", "move": {"name": "…", …}} and nothing else.';

/** The move of a reply in JSON; one that an endpoint did not hold to the schema may be unreadable. Never throws. */
export function readJsonMove(reply: string): Move {
  const parsed = replySchema.safeParse(parseJson(reply));
  if (!parsed.success) return { kind: 'unreadable', reminder };
  const { move } = parsed.data;
  if ('answer' in move) return { kind: 'ready', answer: move.answer, reminder: '' };
  const named: Call['named'] = new Map(Object.entries({ keywords: move.keywords }));
  if (move.line !== undefined) named.set('line', move.line);
  return { kind: 'call', call: { tool: move.name, positional: [], named }, reminder: '' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
