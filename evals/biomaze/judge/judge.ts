import { EndpointError } from '../../../src/errors.ts';
import type { ChatModel } from '../../../src/model/chat-model.ts';
import type { Judgement } from '../../../src/store/judgements.ts';
import { type JudgedAnswer, judgePrompt, judgeVersion } from './prompt.ts';
import { readJudgement } from './read-judgement.ts';

/** A longer prompt is not judged and counts as wrong, as in the paper's protocol. */
export const LONGEST_PROMPT = 3800;

const REPLY_TOKENS = 256;

export interface JudgeOptions {
  signal: AbortSignal;
  /** Read the judge's words as the reference does: what is not exactly "correct" is wrong. */
  compat?: boolean | undefined;
}

/** Name and version of the scorer that a model is as a judge. */
export function judgeName(model: ChatModel, compat = false): string {
  return `${judgeVersion}${compat ? '-compat' : ''} by ${model.name}`;
}

/**
 * One judgement at temperature 0. An answer that is empty is incorrect without asking. A judge that fails on this one
 * answer is a judgement too; throws `EndpointUnreachableError`, and on wrong keys or names `EndpointError`.
 */
export async function judge(
  model: ChatModel,
  item: JudgedAnswer,
  { signal, compat = false }: JudgeOptions,
): Promise<Judgement> {
  const by = judgeName(model, compat);
  if (item.answer.trim() === '') return { by, outcome: 'incorrect', comment: 'There is no answer.' };
  const prompt = judgePrompt(item);
  const { contextLength } = await model.served(signal);
  const limit = Math.min(LONGEST_PROMPT, contextLength - REPLY_TOKENS);
  const tokens = await model.countTokens(prompt, signal);
  if (tokens > limit)
    return { by, outcome: 'too-long', comment: `${tokens} tokens; at most ${limit} are judged` };
  try {
    const settings = { temperature: 0, maxTokens: REPLY_TOKENS, stop: ['\nQuestion:'], seed: 0, signal };
    const { text } = await model.chat(prompt, settings);
    return { by, outcome: readJudgement(text, { compat }), comment: text.trim() };
  } catch (error) {
    if (!(error instanceof EndpointError) || [401, 403, 404].includes(error.status)) throw error;
    return { by, outcome: 'judge-error', comment: error.message };
  }
}

/** 1 or 0, or null where the judge gave no verdict: counted as wrong, and apart. */
export function scoreOf({ outcome }: Judgement): number | null {
  if (outcome === 'correct') return 1;
  return outcome === 'incorrect' || outcome === 'too-long' ? 0 : null;
}
