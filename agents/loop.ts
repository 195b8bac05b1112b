import type { ServedModel } from '../src/model/chat-model.ts';
import type { AnswerOutcome, EvidenceLine, Message, RunEvent, Stop } from '../src/run.ts';
import { type Asker, type AskerOptions, type AskSettings, createAsker } from './asker.ts';

/** What a reply led to: something to show the model, or the end of the loop. */
export type Turn =
  | { kind: 'continue'; observation: string; lines: EvidenceLine[] }
  | { kind: 'stop'; stop: 'done' | 'unreadable' | 'stuck' };

export interface ReplySettings extends AskSettings {
  /** Tokens one reply may have. */
  maxTokens: number;
  /** The loop ends when no more tokens than this are left in the context; a reply leaves them free if it can. */
  reserve: number;
}

/** How the loop went. */
export interface Ending {
  stop: Stop;
  /** Replies of the model. */
  steps: number;
  messages: readonly Message[];
}

/** What to ask, how to read a reply, and what to do about it. One agent answers one question. */
export interface Agent {
  replySettings(served: ServedModel): ReplySettings;
  /** A schema for the next reply alone, where the agent holds its model to one. */
  nextSchema?(): object | undefined;
  /** Tells what comes before the first reply and returns that conversation. */
  open(asker: Asker): AsyncGenerator<RunEvent, Message[]>;
  step(reply: string, signal: AbortSignal): Promise<Turn>;
  conclude(ending: Ending, asker: Asker): AsyncGenerator<RunEvent, AnswerOutcome>;
}

export interface RunOptions extends AskerOptions {
  /** Replies of the model before the answer is asked for. */
  maxSteps: number;
}

/**
 * Runs an agent on its question. The last event is `finished`; messages are only appended. Throws what the
 * model's endpoint throws, and the signal's reason on abort.
 */
export async function* runAgent(agent: Agent, options: RunOptions): AsyncGenerator<RunEvent> {
  options.signal.throwIfAborted();
  const asker = await createAsker(options);
  const { reserve, maxTokens, ...settings } = agent.replySettings(asker.served);
  const messages = yield* agent.open(asker);
  let stop: Stop = 'step-limit';
  let steps = 0;
  while (steps < options.maxSteps) {
    const left = asker.served.contextLength - (await asker.countTokens(messages));
    if (left <= reserve) {
      stop = 'context-limit';
      break;
    }
    const room = Math.max(reserve, left - reserve);
    const schema = agent.nextSchema?.();
    const reply = await asker.ask(messages, { ...settings, maxTokens: Math.min(maxTokens, room), schema });
    steps += 1;
    messages.push({ role: 'assistant', content: reply.text });
    yield { type: 'reply', step: steps, ...reply };

    const turn = await agent.step(reply.text, options.signal);
    if (turn.kind === 'stop') {
      stop = turn.stop;
      break;
    }
    messages.push({ role: 'user', content: turn.observation });
    yield { type: 'observation', step: steps, text: turn.observation, lines: turn.lines };
  }
  const outcome = yield* agent.conclude({ stop, steps, messages }, asker);
  yield { type: 'finished', outcome };
}

/** A method whose model calls are not one growing conversation. One of it answers one question. */
export interface StagedAgent {
  answer(asker: Asker): AsyncGenerator<RunEvent, AnswerOutcome>;
}

/** Runs a staged method on its question; the last event is `finished`. Throws as `runAgent` does. */
export async function* runStaged(agent: StagedAgent, options: AskerOptions): AsyncGenerator<RunEvent> {
  options.signal.throwIfAborted();
  const outcome = yield* agent.answer(await createAsker(options));
  yield { type: 'finished', outcome };
}
