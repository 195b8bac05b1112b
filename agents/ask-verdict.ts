import type { Message, RunEvent } from '../src/run.ts';
import { type Asker, askStage } from './asker.ts';
import { verdictRequest } from './baselines/cot-prompts.ts';
import { type ReadVerdict, readVerdict } from './verdict.ts';

const VERDICT_TOKENS = 16;

/** Asks for a bare Yes or No after `conversation`, which ends with the model's reasoning. */
export async function* askVerdict(
  asker: Asker,
  conversation: readonly Message[],
  question: string,
  { compat, temperature }: { compat: boolean; temperature: number },
): AsyncGenerator<RunEvent, ReadVerdict> {
  const prompt: Message[] = [...conversation, { role: 'user', content: verdictRequest(question) }];
  const reply = yield* askStage(asker, 'verdict', prompt, { temperature, maxTokens: VERDICT_TOKENS });
  return readVerdict(reply, { compat });
}
