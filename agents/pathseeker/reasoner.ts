import { limitList } from '../../graphs/text/limit-list.ts';
import type { EvidenceLine, Message, RunEvent } from '../../src/run.ts';
import { askVerdict } from '../ask-verdict.ts';
import { type Asker, askStage, replyRoom } from '../asker.ts';
import { cotPrompt } from '../baselines/cot-prompts.ts';
import { type Question, reasoningBudget } from '../question.ts';
import { isUncertain, stripUncertainty } from '../uncertainty.ts';
import type { ReadVerdict } from '../verdict.ts';
import { reasonPrompt, uncertaintyQuestion } from './reasoner-prompts.ts';

export interface Reasoned extends ReadVerdict {
  answer: string;
  uncertain: boolean;
  /** The lines that the reasoner was shown, numbered as it saw them. */
  evidence: EvidenceLine[];
}

export interface ReasonerOptions {
  compat: boolean;
  /** Ask whether a final answer was reached, and reason without the graph where it was not. */
  fallback: boolean;
}

const REPLY_RESERVE = 150;

/** Left free of the evidence: the reply, the uncertainty check and the verdict request. */
function evidenceReserve({ served }: Asker, { compat }: ReasonerOptions): number {
  return compat ? 1024 : Math.min(1024, reasoningBudget(served) + 2 * REPLY_RESERVE);
}

/**
 * The final stage: reasons over the evidence, falls back to reasoning without it where that leaves the question
 * open, and reads a verdict; spec §3.5. What does not fit the context's budget is left out of the evidence.
 */
export async function* reason(
  question: Question,
  found: readonly EvidenceLine[],
  asker: Asker,
  options: ReasonerOptions,
): AsyncGenerator<RunEvent, Reasoned> {
  const evidence = await fittingEvidence(question, found, asker, options);
  const prompt: Message[] = [{ role: 'user', content: reasonPrompt(question, numbered(evidence)) }];
  if (await tooLong(prompt, asker))
    return { answer: '', verdict: null, unparsed: true, uncertain: true, evidence };
  let chat = yield* reasoning('reason', prompt, question, asker, options);
  const uncertain = yield* leftOpen(chat, asker, options);
  if (uncertain && options.fallback) {
    const afresh: Message[] = [{ role: 'user', content: cotPrompt(question, 0) }];
    chat = yield* reasoning('fallback', afresh, question, asker, options);
  }
  const answer = lastText(chat);
  const read = yield* verdictOf(chat, question, asker, options);
  return { answer: answer.trim(), ...read, uncertain, evidence };
}

async function fittingEvidence(
  question: Question,
  found: readonly EvidenceLine[],
  asker: Asker,
  options: ReasonerOptions,
): Promise<EvidenceLine[]> {
  const limit = asker.served.contextLength - evidenceReserve(asker, options);
  const tokens = (lines: readonly EvidenceLine[]) =>
    asker.countTokens([{ role: 'user', content: reasonPrompt(question, numbered(lines)) }]);
  const byText = Map.groupBy(found, ({ text }) => text);
  const texts = found.map(({ text }) => text);
  const kept = limitList(texts, limit - (await tokens([])), [question.text]) ?? []; // in cl100k, as the reference
  const lines = kept.flatMap((text) => byText.get(text)?.shift() ?? []);
  // Gene names cost other vocabularies more than cl100k, so the endpoint has the last word.
  while (lines.length > 0 && (await tokens(lines)) > limit) lines.pop();
  return lines.map((line, i) => ({ ...line, line: i }));
}

function numbered(lines: readonly EvidenceLine[]): string[] {
  return lines.map(({ line, text }) => `${line}) ${text}`);
}

async function tooLong(prompt: readonly Message[], asker: Asker): Promise<boolean> {
  return (await asker.countTokens(prompt)) > asker.served.contextLength - REPLY_RESERVE;
}

/** One piece of step-by-step reasoning; returns the chat that ends with it. */
async function* reasoning(
  stage: 'reason' | 'fallback',
  prompt: readonly Message[],
  question: Question,
  asker: Asker,
  { compat }: ReasonerOptions,
): AsyncGenerator<RunEvent, Message[]> {
  const wanted = compat ? asker.served.contextLength : reasoningBudget(asker.served);
  const reserve = REPLY_RESERVE + Math.ceil(question.text.length / 3); // the verdict request repeats the question
  const maxTokens = await replyRoom(asker, prompt, { reserve, wanted });
  const stop = compat ? undefined : ['\nQuestion:', '\nPathway lines:'];
  const text = yield* askStage(asker, stage, prompt, { temperature: temperature(compat), maxTokens, stop });
  return [...prompt, { role: 'assistant', content: text }];
}

function temperature(compat: boolean): number {
  return compat ? 0.7 : 0;
}

/** Whether the reasoning leaves the question open: by its own words, else by the model's reply when asked. */
async function* leftOpen(
  chat: readonly Message[],
  asker: Asker,
  { compat, fallback }: ReasonerOptions,
): AsyncGenerator<RunEvent, boolean> {
  const own = isUncertain(lastText(chat), { compat });
  if (!fallback || (own && !compat)) return own;
  const prompt: Message[] = [...chat, { role: 'user', content: uncertaintyQuestion }];
  const settings = { temperature: temperature(compat), maxTokens: 16 };
  const reply = yield* askStage(asker, 'uncertainty', prompt, settings);
  return isUncertain(reply, { compat });
}

/** The verdict is asked about what was concluded, without the doubts at the end. */
async function* verdictOf(
  chat: readonly Message[],
  question: Question,
  asker: Asker,
  { compat }: ReasonerOptions,
): AsyncGenerator<RunEvent, ReadVerdict> {
  const text = lastText(chat);
  if (question.kind === 'open') return { verdict: null, unparsed: text.trim() === '' };
  const cleaned: Message = { role: 'assistant', content: stripUncertainty(text, { compat }) };
  const conversation = [...chat.slice(0, -1), cleaned];
  return yield* askVerdict(asker, conversation, question.text, { compat, temperature: temperature(compat) });
}

function lastText(chat: readonly Message[]): string {
  return chat.at(-1)?.content ?? '';
}
