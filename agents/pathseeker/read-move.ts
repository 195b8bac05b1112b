import { type Call, readCall } from './read-call.ts';

/** What a reply asks for. `reminder` is said to the model with the next observation. */
export type Move =
  | { kind: 'call'; call: Call; reminder: string }
  | { kind: 'ready'; answer: string; reminder: string }
  | { kind: 'unreadable'; reminder: string };

const ACTION = 'Action:';
const ANSWER = 'Answer:';
const END_ACTION = 'End Action';

const reminders = {
  both: `Write either one ${ACTION} or one ${ANSWER}, not both in one reply.`,
  neither: `A reply must contain one "${ACTION}" or one "${ANSWER}".`,
  oneAction: `Only the first ${ACTION} of your reply was used; write one a turn.`,
  oneAnswer: `Only the first ${ANSWER} of your reply was used.`,
  oneCall: 'Only the first line of your call was used; write nothing after it.',
};

/** The marked part of a reply, not yet read as a call; spec §3.2 rules 1 to 4. */
export type Marked =
  | { kind: 'action' | 'answer'; content: string; reminder: string }
  | { kind: 'invalid'; reminder: string };

/**
 * Finds the action or the answer in a reply. Markers match anywhere and by case. Of several actions the first
 * counts; but where it is no call and a later one is, the last that reads as a call (not so in compat).
 */
export function findMarked(reply: string, { compat = false } = {}): Marked {
  const answers = reply.split(ANSWER).slice(1);
  const actions = reply.split(ACTION).slice(1);
  if (answers.length > 0 && actions.length > 0) return { kind: 'invalid', reminder: reminders.both };
  if (answers.length > 0) {
    const reminder = answers.length > 1 ? reminders.oneAnswer : '';
    return { kind: 'answer', content: answers[0]!.trim(), reminder };
  }
  if (actions.length === 0) return { kind: 'invalid', reminder: reminders.neither };
  const calls = actions.map((segment) => (segment.split(END_ACTION, 1)[0] ?? '').trim());
  const reminder = actions.length > 1 ? reminders.oneAction : '';
  return { kind: 'action', content: compat ? calls[0]! : preferred(calls), reminder };
}

const MAX_SEGMENTS = 32;

function preferred(segments: readonly string[]): string {
  const reads = (segment: string) => readCall(segment).kind === 'call';
  const first = segments[0]!;
  if (reads(first)) return first;
  return segments.slice(-MAX_SEGMENTS).findLast(reads) ?? first;
}

const MAX_CITED = 16;

/** The numbers of the lines that a reply cites: `line 3`, `lines 0, 4 and 7`. At most 16, each once, in its order. */
export function citedLines(reply: string): number[] {
  const lists = reply.matchAll(/\blines? (\d{1,6}(?!\d)(?:(?:, | and |, and )\d{1,6}(?!\d))*)/gi);
  const numbers = [...lists].flatMap(([, list = '']) => [...list.matchAll(/\d+/g)].map(Number));
  return [...new Set(numbers)].slice(0, MAX_CITED);
}

/** The move that a reply makes. Never throws: what cannot be read is a move of its own. */
export function readMove(reply: string, options: { compat?: boolean } = {}): Move {
  const marked = findMarked(reply, options);
  if (marked.kind === 'invalid') return { kind: 'unreadable', reminder: marked.reminder };
  if (marked.kind === 'answer') return { kind: 'ready', answer: marked.content, reminder: marked.reminder };
  const read = readCall(marked.content);
  if (read.kind === 'malformed')
    return { kind: 'unreadable', reminder: `Error: the call cannot be read: ${read.reason}.` };
  const reminder = [marked.reminder, read.ignored ? reminders.oneCall : ''].filter(Boolean).join(' ');
  return { kind: 'call', call: read.call, reminder };
}
