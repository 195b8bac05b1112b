import type { Message, RunEvent } from '../src/run.ts';
import { type Asker, askStage } from './asker.ts';
import { verdictRequest } from './baselines/cot-prompts.ts';
import { type ReadVerdict, readVerdict, statedVerdict } from './verdict.ts';

const VERDICT_TOKENS = 16;

/**
 * The verdict of a `chat` that ends with the model's reasoning: the one that the reasoning states (`The answer is
 * No.`), else the reply to a request for a bare Yes or No. In compat, where `compatTemperature` is given, it is
 * always asked for: small models then say Yes to whatever they concluded.
 */
export async function* concludeVerdict(
  asker: Asker,
  chat: readonly Message[],
  question: string,
  compatTemperature: number | undefined,
): AsyncGenerator<RunEvent, ReadVerdict> {
  const compat = compatTemperature !== undefined;
  const stated = compat ? undefined : statedVerdict(chat.at(-1)?.content ?? '');
  if (stated) return { verdict: stated, unparsed: false };
  const prompt: Message[] = [...chat, { role: 'user', content: verdictRequest(question) }];
  const settings = { temperature: compatTemperature ?? 0, maxTokens: VERDICT_TOKENS };
  const reply = yield* askStage(asker, 'verdict', prompt, settings);
  return readVerdict(reply, { compat });
}
