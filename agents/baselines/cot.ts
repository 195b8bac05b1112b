import type { ServedModel } from '../../src/model/chat-model.ts';
import type { AnswerOutcome, Message, RunEvent } from '../../src/run.ts';
import type { Asker } from '../asker.ts';
import { concludeVerdict as conclude } from '../conclude-verdict.ts';
import type { Agent, Ending, ReplySettings, Turn } from '../loop.ts';
import type { Question } from '../question.ts';
import { reasoningSampling } from '../sampling.ts';
import { isUncertain } from '../uncertainty.ts';
import { readVerdict } from '../verdict.ts';
import { cotPrompt, vanillaPrompt } from './cot-prompts.ts';

export interface BaselineOptions {
  shots?: 0 | 2;
  /** The reference's sampling (temperature 0.3, examples in random order) and its verdict rules. */
  compat?: boolean;
  /** Decides the order of the examples in compat. */
  seed?: number;
}

const RESERVE = 150;
const COMPAT_TEMPERATURE = 0.3;

/** Chain of thought without a graph: reasoning in the first turn, the verdict in a second one; spec §4.1. */
export function cotAgent(question: Question, options: BaselineOptions = {}): Agent {
  return new DirectAgent(question, options, 'cot');
}

/** The bare answer in one turn. */
export function vanillaAgent(question: Question, options: BaselineOptions = {}): Agent {
  return new DirectAgent(question, options, 'vanilla');
}

class DirectAgent implements Agent {
  readonly #question: Question;
  readonly #shots: 0 | 2;
  readonly #compat: boolean;
  readonly #swapped: boolean;
  readonly #method: 'cot' | 'vanilla';

  constructor(question: Question, options: BaselineOptions, method: 'cot' | 'vanilla') {
    this.#question = question;
    this.#shots = options.shots ?? 0;
    this.#compat = options.compat ?? false;
    this.#swapped = this.#compat && (options.seed ?? 0) % 2 === 1;
    this.#method = method;
  }

  replySettings(served: ServedModel): ReplySettings {
    const stop = this.#compat ? undefined : ['\nQuestion:'];
    const reserve = RESERVE + Math.ceil(this.#question.text.length / 3); // the verdict request repeats the question
    return { ...reasoningSampling(served, this.#compat ? COMPAT_TEMPERATURE : undefined), stop, reserve };
  }

  async *open(): AsyncGenerator<RunEvent, Message[]> {
    const content =
      this.#method === 'cot'
        ? cotPrompt(this.#question, this.#shots, this.#swapped)
        : vanillaPrompt(this.#question, this.#shots);
    const messages: Message[] = [{ role: 'user', content }];
    yield { type: 'opening', messages: [...messages] };
    return messages;
  }

  async step(): Promise<Turn> {
    return { kind: 'stop', stop: 'done' };
  }

  async *conclude({ stop, steps, messages }: Ending, asker: Asker): AsyncGenerator<RunEvent, AnswerOutcome> {
    const last = messages.at(-1);
    const answer = last?.role === 'assistant' ? last.content.trim() : '';
    const compat = this.#compat;
    const read =
      this.#question.kind === 'open' || answer === ''
        ? { verdict: null, unparsed: answer === '' }
        : this.#method === 'vanilla'
          ? readVerdict(answer, { compat })
          : yield* conclude(asker, messages, this.#question.text, compat ? COMPAT_TEMPERATURE : undefined);
    const uncertain = isUncertain(answer, { compat });
    return { kind: 'answer', stop, answer, ...read, uncertain, connected: null, steps, evidence: [] };
  }
}
