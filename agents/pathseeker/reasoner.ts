import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import type { EvidenceLine, Message, RunEvent } from '../../src/run.ts';
import { type Asker, askStage, replyRoom } from '../asker.ts';
import { cotPrompt } from '../baselines/cot-prompts.ts';
import { concludeVerdict } from '../conclude-verdict.ts';
import { fittingLines } from '../lines.ts';
import type { Question } from '../question.ts';
import { reasoningSampling } from '../sampling.ts';
import { isUncertain, stripUncertainty } from '../uncertainty.ts';
import { type ReadVerdict, statedVerdict } from '../verdict.ts';
import { type EvidenceStyle, numberedLines, styleFor } from './evidence-style.ts';
import { reasonChat, reasonPrompt, uncertaintyQuestion } from './reasoner-prompts.ts';

export interface Reasoned extends ReadVerdict {
  answer: string;
  uncertain: boolean;
  /** The lines that the reasoner was shown, numbered as it saw them. */
  evidence: EvidenceLine[];
}

export interface ReasonerOptions {
  graph: PathwayGraph;
  compat: boolean;
  /** Ask whether a final answer was reached, and reason without the graph where it was not. */
  fallback: boolean;
  /** How the evidence is told; by the model's size where nothing else is said. */
  style?: EvidenceStyle;
  /** Evidence that does not fit is cut off its end, instead of what is least like the question. */
  cutAtEnd?: boolean;
  /** In compat: of the reasoning and the verdict. Default: the 0.7 that the published PathSeeker runs have. */
  compatTemperature?: number;
}

const REPLY_RESERVE = 150;
const COMPAT_TEMPERATURE = 0.7;

/**
 * The final stage: reasons over the evidence, falls back to reasoning without it where that leaves the question
 * open, and reads a verdict; spec §3.5. Evidence that does not fit the context's budget is left out.
 */
export async function* reason(
  question: Question,
  found: readonly EvidenceLine[],
  asker: Asker,
  options: ReasonerOptions,
): AsyncGenerator<RunEvent, Reasoned> {
  return yield* new Reasoner(question, asker, options).run(found);
}

class Reasoner {
  readonly #question: Question;
  readonly #asker: Asker;
  readonly #options: ReasonerOptions;
  readonly #temperature: number | undefined;

  constructor(question: Question, asker: Asker, options: ReasonerOptions) {
    this.#question = question;
    this.#asker = asker;
    this.#options = options;
    this.#temperature = options.compat ? (options.compatTemperature ?? COMPAT_TEMPERATURE) : undefined;
  }

  async *run(found: readonly EvidenceLine[]): AsyncGenerator<RunEvent, Reasoned> {
    const evidence = await this.#fitting(found);
    const prompt = this.#prompt(evidence);
    if ((await this.#asker.countTokens(prompt)) > this.#context - REPLY_RESERVE)
      return { answer: '', verdict: null, unparsed: true, uncertain: true, evidence };
    let chat = yield* this.#reasoning('reason', prompt);
    const uncertain = yield* this.#leftOpen(chat);
    if (uncertain && this.#options.fallback)
      chat = yield* this.#reasoning('fallback', [{ role: 'user', content: cotPrompt(this.#question, 0) }]);
    const read = yield* this.#verdict(chat);
    return { answer: lastText(chat).trim(), ...read, uncertain, evidence };
  }

  get #context(): number {
    return this.#asker.served.contextLength;
  }

  #fitting(found: readonly EvidenceLine[]): Promise<EvidenceLine[]> {
    const limit = this.#context - this.#evidenceReserve();
    const keywords = this.#options.cutAtEnd ? [] : [this.#question.text];
    return fittingLines(this.#asker, found, limit, keywords, (lines) => this.#prompt(lines));
  }

  /** Left free of the evidence: the reply, the uncertainty check and the verdict request. */
  #evidenceReserve(): number {
    if (this.#options.compat) return 1024;
    return Math.min(1024, reasoningSampling(this.#asker.served, undefined).maxTokens + 2 * REPLY_RESERVE);
  }

  #prompt(lines: readonly EvidenceLine[]): Message[] {
    const { graph, compat } = this.#options;
    const style = this.#options.style ?? styleFor(this.#asker.served, compat);
    const listed = numberedLines(graph, lines, style).join('\n');
    return compat ? reasonPrompt(this.#question, listed, style) : reasonChat(this.#question, listed, style);
  }

  /** One piece of step-by-step reasoning; gives the chat that ends with it. */
  async *#reasoning(
    stage: 'reason' | 'fallback',
    prompt: readonly Message[],
  ): AsyncGenerator<RunEvent, Message[]> {
    const { maxTokens: wanted, ...sampling } = reasoningSampling(this.#asker.served, this.#temperature);
    const reserve = REPLY_RESERVE + Math.ceil(this.#question.text.length / 3); // the verdict request repeats it
    const maxTokens = await replyRoom(this.#asker, prompt, { reserve, wanted });
    const stop = this.#options.compat ? undefined : ['\nQuestion:', '\nPathway lines:'];
    const text = yield* askStage(this.#asker, stage, prompt, { ...sampling, maxTokens, stop });
    return [...prompt, { role: 'assistant', content: text }];
  }

  /** Whether the reasoning leaves the question open: by its own words, else by the model's reply when asked. */
  async *#leftOpen(chat: readonly Message[]): AsyncGenerator<RunEvent, boolean> {
    const { compat, fallback } = this.#options;
    const own = isUncertain(lastText(chat), { compat });
    const decided = statedVerdict(lastText(chat)) !== undefined;
    if (!fallback || (!compat && (own || decided))) return own;
    const prompt: Message[] = [...chat, { role: 'user', content: uncertaintyQuestion }];
    const settings = { temperature: this.#temperature ?? 0, maxTokens: 16 };
    const reply = yield* askStage(this.#asker, 'uncertainty', prompt, settings);
    return isUncertain(reply, { compat });
  }

  /** The verdict is read from, or asked about, what was concluded, without the doubts at the end. */
  async *#verdict(chat: readonly Message[]): AsyncGenerator<RunEvent, ReadVerdict> {
    const text = lastText(chat);
    if (this.#question.kind === 'open') return { verdict: null, unparsed: text.trim() === '' };
    const cleaned: Message = {
      role: 'assistant',
      content: stripUncertainty(text, { compat: this.#options.compat }),
    };
    const concluded = [...chat.slice(0, -1), cleaned];
    return yield* concludeVerdict(this.#asker, concluded, this.#question.text, this.#temperature);
  }
}

function lastText(chat: readonly Message[]): string {
  return chat.at(-1)?.content ?? '';
}
