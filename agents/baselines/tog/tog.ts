import type { PathwaySearch } from '../../../graphs/search.ts';
import type { AnswerOutcome, EvidenceLine, Message, RunEvent, Stop } from '../../../src/run.ts';
import { type Asker, type AskSettings, askStage } from '../../asker.ts';
import { concludeVerdict } from '../../conclude-verdict.ts';
import { isConnected } from '../../connected.ts';
import { fittingLines, renumbered, tripleOf } from '../../lines.ts';
import type { StagedAgent } from '../../loop.ts';
import { History } from '../../pathseeker/history.ts';
import { type Reasoned, reason } from '../../pathseeker/reasoner.ts';
import type { Question } from '../../question.ts';
import { reasoningSampling } from '../../sampling.ts';
import { isUncertain } from '../../uncertainty.ts';
import { Frontier } from './frontier.ts';
import { answerRequest, selectPrompt, sufficientPrompt } from './prompts.ts';
import { readSelection, readSufficiency } from './read-replies.ts';
import { Shuffler } from './shuffler.ts';

/** What decides the answers; the reference's published values. */
export const togSettings = { depth: 6, topicEntities: 16 } as const;

const EXPLORATION_TEMPERATURE = 0.4;
const COMPAT_MAX_LENGTH = 1024;

export interface TogOptions {
  search: PathwaySearch;
  /** In compat, what does not fit is dropped by chance. */
  seed?: number;
}

/**
 * Think-on-Graph (arXiv 2307.07697) as BioMaze adapts it; spec §4.3: from the entities of the question the model
 * selects edges, hop by hop, until it says that they suffice. What was selected is reasoned over where it never does.
 */
export function togAgent(question: Question, options: TogOptions): StagedAgent {
  return { answer: (asker) => new ThinkOnGraph(question, options, asker).answer() };
}

type Ending = Omit<Reasoned, 'evidence'> & { stop: Stop; evidence: EvidenceLine[] };

class ThinkOnGraph {
  readonly #question: Question;
  readonly #search: PathwaySearch;
  readonly #asker: Asker;
  readonly #compat: boolean;
  readonly #shuffler: Shuffler;
  readonly #selected: History;
  #steps = 0;

  constructor(question: Question, { search, seed = 0 }: TogOptions, asker: Asker) {
    this.#question = question;
    this.#search = search;
    this.#asker = asker;
    this.#compat = search.mode === 'compat';
    this.#shuffler = new Shuffler(seed);
    this.#selected = new History(search.graph, search.mode);
  }

  async *answer(): AsyncGenerator<RunEvent, AnswerOutcome> {
    const names = this.#search.names.resolve(this.#question.text);
    if (!this.#compat) yield { type: 'resolved', names };
    const { graph } = this.#search;
    const ending = yield* this.#explore();
    const nodes = names.map(({ node }) => node);
    const connected = isConnected(graph, nodes, ending.evidence);
    return { kind: 'answer', ...ending, steps: this.#steps, connected };
  }

  async *#explore(): AsyncGenerator<RunEvent, Ending> {
    const frontier = new Frontier(this.#question.text, this.#search, togSettings.topicEntities);
    for (let depth = 0; depth < togSettings.depth; depth++) {
      this.#asker.signal.throwIfAborted();
      const triples = frontier.expand();
      if (triples.length === 0) return yield* this.#parse('stuck');
      const chosen = yield* this.#select(new History(this.#search.graph, this.#search.mode).add(triples));
      if (!chosen) return yield* this.#parse('unreadable');
      const { graph } = this.#search;
      const followed = chosen.map((line) => tripleOf(graph, line));
      this.#selected.add(followed);
      frontier.follow(followed);
      const answered = yield* this.#conclude();
      if (answered) return answered;
    }
    return yield* this.#parse('step-limit');
  }

  async *#select(lines: readonly EvidenceLine[]): AsyncGenerator<RunEvent, EvidenceLine[] | undefined> {
    const prompt = (kept: readonly EvidenceLine[]) => selectPrompt(this.#question.text, listed(kept));
    const shown = await this.#fitting(lines, prompt, (kept) => this.#shuffler.half(kept));
    if (shown.length === 0) return undefined;
    this.#steps += 1;
    const reply = yield* askStage(
      this.#asker,
      'select',
      prompt(shown),
      this.#sampling(EXPLORATION_TEMPERATURE),
    );
    return readSelection(reply, shown.length, { compat: this.#compat })?.map((i) => shown[i]!);
  }

  /** The answer, where the model says that the lines selected so far suffice. */
  async *#conclude(): AsyncGenerator<RunEvent, Ending | undefined> {
    const prompt = (kept: readonly EvidenceLine[]) => sufficientPrompt(this.#question.text, listed(kept));
    const shown = await this.#fitting(this.#evidence(), prompt, (kept) => this.#shuffler.without(kept));
    const asked = prompt(shown);
    const reply = yield* askStage(this.#asker, 'sufficient', asked, this.#sampling(0));
    const { enough, rest } = readSufficiency(reply);
    if (!enough) return undefined;
    const chat: Message[] = [...asked, { role: 'assistant', content: reply }];
    const facts = {
      stop: 'done' as const,
      evidence: shown,
      uncertain: isUncertain(reply, { compat: this.#compat }),
    };
    if (this.#question.kind === 'open') {
      const answer = rest || (yield* this.#stated(chat));
      return { ...facts, answer, verdict: null, unparsed: answer === '' };
    }
    const temperature = this.#compat ? 0 : undefined;
    const read = yield* concludeVerdict(this.#asker, chat, this.#question.text, temperature);
    return { ...facts, answer: rest || reply.trim(), ...read };
  }

  async *#stated(chat: readonly Message[]): AsyncGenerator<RunEvent, string> {
    const prompt: Message[] = [...chat, { role: 'user', content: answerRequest }];
    return (yield* askStage(this.#asker, 'verdict', prompt, this.#sampling(0))).trim();
  }

  /** The result parser over all that was selected: no merge with a chain of thought, temperature 0. */
  async *#parse(stop: Stop): AsyncGenerator<RunEvent, Ending> {
    const { graph } = this.#search;
    const options = { graph, compat: this.#compat, fallback: false, compatTemperature: 0 };
    return { stop, ...(yield* reason(this.#question, this.#evidence(), this.#asker, options)) };
  }

  #evidence(): EvidenceLine[] {
    return this.#selected.evidence(this.#selected.triples, this.#question.text);
  }

  #sampling(compatTemperature: number): AskSettings {
    const temperature = this.#compat ? compatTemperature : undefined;
    const { maxTokens, ...sampling } = reasoningSampling(this.#asker.served, temperature);
    const stop = this.#compat ? undefined : ['\nQuestion:', '\nPathway lines:'];
    return { ...sampling, maxTokens: Math.min(COMPAT_MAX_LENGTH, maxTokens), stop };
  }

  /** In compat `drop` leaves lines out by chance until the prompt fits; else those least like the question go. */
  async #fitting(
    lines: readonly EvidenceLine[],
    prompt: (kept: readonly EvidenceLine[]) => Message[],
    drop: (kept: readonly EvidenceLine[]) => EvidenceLine[],
  ): Promise<EvidenceLine[]> {
    const reply = this.#sampling(0).maxTokens ?? COMPAT_MAX_LENGTH;
    const limit = this.#asker.served.contextLength - reply;
    if (!this.#compat) return fittingLines(this.#asker, lines, limit, [this.#question.text], prompt);
    let kept = renumbered(lines);
    while (kept.length > 0 && (await this.#asker.countTokens(prompt(kept))) > limit)
      kept = renumbered(drop(kept));
    return kept;
  }
}

function listed(lines: readonly EvidenceLine[]): string {
  return lines.map(({ line, text }) => `${line}) ${text}`).join('\n');
}
