import type { EvidenceLine, Message, RunEvent } from '../../src/run.ts';
import { type Asker, askStage } from '../asker.ts';
import { verdictRequest } from '../baselines/cot-prompts.ts';
import type { Question } from '../question.ts';
import { isUncertain } from '../uncertainty.ts';
import { readVerdict } from '../verdict.ts';
import type { Reasoned } from './reasoner.ts';

const OPEN_REQUEST = 'The search ends here. State the answer to the question in one sentence.';
const ANSWER_TOKENS = { judge: 16, open: 160 } as const;

/**
 * The answer of the navigator itself, for the ablation of the final reasoner: what it wrote after "Answer:", else what
 * it says when asked for it in the same chat. Nothing where the chat leaves no room for that.
 */
export async function* answerDirectly(
  question: Question,
  given: string | undefined,
  chat: readonly Message[],
  asker: Asker,
  { compat, evidence }: { compat: boolean; evidence: EvidenceLine[] },
): AsyncGenerator<RunEvent, Reasoned> {
  const answer = given ?? (yield* asked(question, chat, asker));
  const read =
    question.kind === 'judge' && answer !== ''
      ? readVerdict(answer, { compat })
      : { verdict: null, unparsed: answer === '' };
  return { answer, ...read, uncertain: isUncertain(answer, { compat }), evidence };
}

async function* asked(
  { text, kind }: Question,
  chat: readonly Message[],
  asker: Asker,
): AsyncGenerator<RunEvent, string> {
  const prompt = appended(chat, kind === 'judge' ? verdictRequest(text) : OPEN_REQUEST);
  const maxTokens = ANSWER_TOKENS[kind];
  if ((await asker.countTokens(prompt)) + maxTokens > asker.served.contextLength) return '';
  return (yield* askStage(asker, 'verdict', prompt, { temperature: 0, maxTokens })).trim();
}

/** A request at the end of a chat: in the last turn where that is the user's, as templates want turns to alternate. */
function appended(chat: readonly Message[], request: string): Message[] {
  const last = chat.at(-1);
  if (last?.role !== 'user') return [...chat, { role: 'user', content: request }];
  return [...chat.slice(0, -1), { role: 'user', content: `${last.content}\n\n${request}` }];
}
