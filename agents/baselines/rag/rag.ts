import { withoutQuestionWords } from '../../../graphs/scoring.ts';
import type { PathwaySearch } from '../../../graphs/search.ts';
import { type EntryText, EntryTexts } from '../../../graphs/text/entry-texts.ts';
import type { AnswerOutcome, Message, RunEvent } from '../../../src/run.ts';
import { type Asker, askStage, replyRoom } from '../../asker.ts';
import { concludeVerdict } from '../../conclude-verdict.ts';
import type { StagedAgent } from '../../loop.ts';
import type { Question } from '../../question.ts';
import { reasoningSampling } from '../../sampling.ts';
import { isUncertain } from '../../uncertainty.ts';
import { ragPrompt } from './prompts.ts';

export const ragSettings = { passages: 8, passageCharacters: 1200 } as const;

const RESERVE = 150;

export interface RagOptions {
  search: PathwaySearch;
  texts: EntryTexts;
}

export function entryTexts({ graph }: PathwaySearch): EntryTexts {
  return new EntryTexts(graph);
}

/**
 * Retrieval of plain text: the entries of the graph's corpus that are most like the question, and an answer from
 * them; what the structure of the graph adds is measured against this. Passages that do not fit go from the end.
 */
export function ragAgent(question: Question, options: RagOptions): StagedAgent {
  return { answer: (asker) => answerFrom(question, options, asker) };
}

async function* answerFrom(
  question: Question,
  { search, texts }: RagOptions,
  asker: Asker,
): AsyncGenerator<RunEvent, AnswerOutcome> {
  const compat = search.mode === 'compat';
  const query = compat ? question.text : withoutQuestionWords(search.names.withSymbols(question.text));
  const { maxTokens: wanted, ...sampling } = reasoningSampling(asker.served, undefined);
  const passages = texts.search(query, ragSettings.passages).map(clipped);
  const prompt = await fittingPrompt(asker, question, passages, Math.min(1024, wanted) + 2 * RESERVE);
  const reserve = RESERVE + Math.ceil(question.text.length / 3); // the verdict request repeats the question
  const maxTokens = await replyRoom(asker, prompt, { reserve, wanted });
  const settings = { ...sampling, maxTokens, stop: ['\nQuestion:', '\nPassages:'] };
  const answer = (yield* askStage(asker, 'reason', prompt, settings)).trim();
  const chat: Message[] = [...prompt, { role: 'assistant', content: answer }];
  const read =
    question.kind === 'open' || answer === ''
      ? { verdict: null, unparsed: answer === '' }
      : yield* concludeVerdict(asker, chat, question.text, undefined);
  const uncertain = isUncertain(answer);
  return {
    kind: 'answer',
    stop: 'done',
    answer,
    ...read,
    uncertain,
    connected: null,
    steps: 1,
    evidence: [],
  };
}

function clipped({ id, text }: EntryText): EntryText {
  const limit = ragSettings.passageCharacters;
  return { id, text: text.length > limit ? `${text.slice(0, limit)}…` : text };
}

async function fittingPrompt(
  asker: Asker,
  question: Question,
  passages: readonly EntryText[],
  reserve: number,
): Promise<Message[]> {
  for (let kept = passages.length; ; kept--) {
    const prompt = ragPrompt(question, passages.slice(0, kept));
    if (kept === 0 || (await asker.countTokens(prompt)) <= asker.served.contextLength - reserve)
      return prompt;
  }
}
