import type { PathwaySearch } from '../../../graphs/search.ts';
import type { AnswerOutcome, EvidenceLine, Message, RunEvent } from '../../../src/run.ts';
import { type Asker, askStage, replyRoom } from '../../asker.ts';
import { concludeVerdict } from '../../conclude-verdict.ts';
import { isConnected } from '../../connected.ts';
import { fittingLines } from '../../lines.ts';
import type { StagedAgent } from '../../loop.ts';
import { numberedLines } from '../../pathseeker/evidence-style.ts';
import { History } from '../../pathseeker/history.ts';
import type { Question } from '../../question.ts';
import { reasoningSampling } from '../../sampling.ts';
import { isUncertain } from '../../uncertainty.ts';
import { cotPrompt } from '../cot-prompts.ts';
import { draftPieces, refinedPiece } from './pieces.ts';
import { CORRECTED, refinePrompt } from './prompts.ts';

/** What decides the answers; the reference's published values. */
export const cokSettings = { maxPieces: 3, shots: 2, targetSize: 16 } as const;

const COMPAT_TEMPERATURE = 0.3;
/** In compat the draft leaves this much of the context free, and a correction may have this many tokens. */
const COMPAT_RESERVE = 2500;
const REFINED_TOKENS = 1024;
const RESERVE = 150;

export interface CokOptions {
  search: PathwaySearch;
  /** In compat an odd one turns the order of the two worked examples, which the reference draws at random. */
  seed?: number;
}

/**
 * Chain of Knowledge (arXiv 2305.13269) as BioMaze adapts it: a drafted chain of thought whose pieces are corrected
 * one by one against a subgraph found for each; spec §4.2. In compat an open answer is the draft itself, which is a
 * mistake of the reference.
 */
export function cokAgent(question: Question, options: CokOptions): StagedAgent {
  return { answer: (asker) => new ChainOfKnowledge(question, options, asker).answer() };
}

class ChainOfKnowledge {
  readonly #question: Question;
  readonly #search: PathwaySearch;
  readonly #asker: Asker;
  readonly #compat: boolean;
  readonly #swapped: boolean;
  readonly #temperature: number | undefined;
  readonly #history: History;

  constructor(question: Question, { search, seed = 0 }: CokOptions, asker: Asker) {
    this.#question = question;
    this.#search = search;
    this.#asker = asker;
    this.#compat = search.mode === 'compat';
    this.#swapped = this.#compat && seed % 2 === 1;
    this.#temperature = this.#compat ? COMPAT_TEMPERATURE : undefined;
    this.#history = new History(search.graph, search.mode);
  }

  async *answer(): AsyncGenerator<RunEvent, AnswerOutcome> {
    const content = cotPrompt(this.#question, cokSettings.shots, this.#swapped);
    const opening: Message[] = [{ role: 'user', content }];
    const draft = yield* this.#draft(opening);
    const pieces = draftPieces(draft, cokSettings.maxPieces, { compat: this.#compat });
    const refined: string[] = [];
    for (const piece of pieces) refined.push(yield* this.#refined(piece));
    const text = refined.join(' ') || draft;
    const read = yield* this.#verdict(opening, text);
    const answer = this.#compat && this.#question.kind === 'open' ? draft : text;
    const evidence = this.#history.evidence(this.#history.triples, this.#question.text);
    const nodes = this.#search.names.resolve(this.#question.text).map(({ node }) => node);
    return {
      ...{ kind: 'answer', stop: 'done', answer: answer.trim(), ...read, evidence, steps: 1 + pieces.length },
      uncertain: isUncertain(text, { compat: this.#compat }),
      connected: isConnected(this.#search.graph, nodes, evidence),
    };
  }

  async *#draft(opening: readonly Message[]): AsyncGenerator<RunEvent, string> {
    const { maxTokens: wanted, ...sampling } = reasoningSampling(this.#asker.served, this.#temperature);
    const reserve = this.#compat ? COMPAT_RESERVE : RESERVE;
    const maxTokens = await replyRoom(this.#asker, opening, { reserve, wanted });
    const stop = this.#compat ? undefined : ['\nQuestion:'];
    return (yield* askStage(this.#asker, 'reason', opening, { ...sampling, maxTokens, stop })).trim();
  }

  async *#refined(piece: string): AsyncGenerator<RunEvent, string> {
    const keywords = [this.#question.text, piece];
    const { triples } = this.#search.global(keywords, { targetSize: cokSettings.targetSize });
    if (triples.length === 0) return piece;
    this.#history.add(triples);
    const prompt = (lines: readonly EvidenceLine[]) => {
      const listed = numberedLines(this.#search.graph, lines, 'lines').join('\n');
      return refinePrompt(this.#question.text, piece, listed);
    };
    const { maxTokens: wanted, ...sampling } = reasoningSampling(this.#asker.served, this.#temperature);
    const replyTokens = Math.min(REFINED_TOKENS, wanted);
    const limit = this.#asker.served.contextLength - replyTokens;
    const found = this.#history.evidence(triples, this.#question.text);
    const lines = await fittingLines(this.#asker, found, limit, keywords, prompt);
    if (lines.length === 0) return piece;
    const settings = {
      ...sampling,
      maxTokens: replyTokens,
      stop: this.#compat ? undefined : ['\nQuestion:'],
    };
    const reply = yield* askStage(this.#asker, 'refine', prompt(lines), settings);
    return refinedPiece(reply, piece, CORRECTED);
  }

  async *#verdict(opening: readonly Message[], text: string) {
    if (this.#question.kind === 'open' || text === '') return { verdict: null, unparsed: text === '' };
    const chat: Message[] = [...opening, { role: 'assistant', content: text }];
    return yield* concludeVerdict(this.#asker, chat, this.#question.text, this.#temperature);
  }
}
