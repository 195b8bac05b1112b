import type { Triple } from '../../graphs/pathway-graph.ts';
import type { ResolvedName } from '../../graphs/resolve-names.ts';
import type { Found, PathwaySearch } from '../../graphs/search.ts';
import { isSmokeScale, type ServedModel } from '../../src/model/chat-model.ts';
import type { AnswerOutcome, EvidenceLine, Message, RunEvent } from '../../src/run.ts';
import type { Asker } from '../asker.ts';
import { isConnected } from '../connected.ts';
import type { Agent, Ending, ReplySettings, Turn } from '../loop.ts';
import type { Question } from '../question.ts';
import { navigationSampling } from '../sampling.ts';
import { type Ablation, partsAsked } from './ablations.ts';
import { answerDirectly } from './direct-answer.ts';
import { type EvidenceStyle, numberedLines, styleFor } from './evidence-style.ts';
import { History } from './history.ts';
import { joiningTriples } from './joining-triples.ts';
import { moveSchema, readJsonMove } from './json-moves.ts';
import {
  END_NOTICE,
  givenMove,
  openingMessages,
  ourTools,
  type PromptForm,
  referenceTools,
  type ToolNames,
} from './prompts.ts';
import { citedLines, type Move, readMove } from './read-move.ts';
import { type Reasoned, reason } from './reasoner.ts';
import { isFailure, runCall, type ToolResult } from './tools.ts';

export interface PathSeekerOptions {
  /** Its mode decides the agent's: in `compat` the reference's rules hold (spec §3), and the model moves first. */
  search: PathwaySearch;
  /** Check whether the reasoner decided the question, and reason without the graph where not. Default: true. */
  fallback?: boolean;
  /** Parts of the method to leave out, as the paper's ablations do. */
  without?: ReadonlySet<Ablation>;
  /** Turns are JSON, decoded under a schema of the calls that are legal then. The endpoint has to support schemas. */
  constrained?: boolean;
}

const RESERVE = 120;
/** Moves in a row that cannot be read before navigation ends; and moves that bring nothing new. */
const MAX_UNREADABLE = 2;
const MAX_FRUITLESS = 3;

const NOTHING_NEW = 'No new pathways were found; all of them were shown before.';
/** Searches of its own that a model under a schema must make before it may answer; ours comes before them. */
const SEARCHES_BEFORE_ANSWER = 1;
/** Enough for a thought and a question as keyword; our endpoint completes a turn under a schema within any budget. */
const CONSTRAINED_TOKENS = 512;
const SMOKE_TOKENS = 128;

/** Answers one question by walking a pathway graph in subgraph searches; PathSeeker, arXiv 2502.16660. */
export function pathSeekerAgent(question: Question, options: PathSeekerOptions): Agent {
  return new PathSeeker(question, options);
}

class PathSeeker implements Agent {
  readonly #question: Question;
  readonly #search: PathwaySearch;
  readonly #fallback: boolean;
  readonly #without: ReadonlySet<Ablation>;
  readonly #constrained: boolean;
  readonly #compat: boolean;
  readonly #tools: ToolNames;
  readonly #form: PromptForm;
  readonly #history: History;
  readonly #names: readonly ResolvedName[];
  #style: EvidenceStyle = 'lines';
  #given: string | undefined;
  #cited: readonly number[] = [];
  #calls = 0;
  #invalid = 0;
  #unreadable = 0;
  #fruitless = 0;

  constructor(question: Question, options: PathSeekerOptions) {
    const { search, fallback = true, without = new Set(), constrained = false } = options;
    this.#question = question;
    this.#search = search;
    this.#fallback = fallback;
    this.#without = without;
    this.#constrained = constrained;
    this.#compat = search.mode === 'compat';
    this.#tools = this.#compat && !constrained ? referenceTools : ourTools;
    this.#form = { parts: partsAsked(without), json: constrained };
    this.#history = new History(search.graph, search.mode);
    this.#names = search.names.resolve(question.text);
  }

  replySettings(served: ServedModel): ReplySettings {
    const sampling = { ...navigationSampling(served, this.#compat), reserve: RESERVE };
    if (this.#constrained)
      return { ...sampling, maxTokens: isSmokeScale(served) ? SMOKE_TOKENS : CONSTRAINED_TOKENS };
    const stop = this.#compat ? undefined : ['End Action', '\nObservation', '\nQuestion:', END_NOTICE];
    return { ...sampling, stop };
  }

  nextSchema(): object | undefined {
    if (!this.#constrained) return undefined;
    const { global, local } = this.#tools;
    return moveSchema({
      kind: this.#question.kind,
      global,
      local: this.#localSearch ? local : undefined,
      lines: this.#history.size,
      mayAnswer: this.#calls >= SEARCHES_BEFORE_ANSWER,
    });
  }

  async *open({ served }: Asker): AsyncGenerator<RunEvent, Message[]> {
    this.#style = this.#without.has('triple-to-text') ? 'triples' : styleFor(served, this.#compat);
    const messages = openingMessages(this.#question, this.#tools, this.#style, this.#form);
    if (!this.#compat) yield { type: 'resolved', names: [...this.#names] };
    yield { type: 'opening', messages: [...messages] };
    if (this.#compat) return messages;

    const move = givenMove(this.#question.text, this.#tools, this.#form);
    yield { type: 'given-move', step: 0, text: move.content };
    const first = this.#search.global([this.#question.text], { seeds: this.#named() });
    const { observation, lines } = this.#observe(first);
    yield { type: 'observation', step: 0, text: observation, lines };
    messages.push(move, { role: 'user', content: observation });
    return messages;
  }

  async step(reply: string): Promise<Turn> {
    const move = this.#constrained ? readJsonMove(reply) : readMove(reply, { compat: this.#compat });
    switch (move.kind) {
      case 'ready':
        this.#given = move.answer;
        if (!this.#compat) this.#cited = citedLines(reply);
        return { kind: 'stop', stop: 'done' };
      case 'unreadable':
        return this.#reminded(move);
      case 'call':
        return this.#called(move);
    }
  }

  async *conclude(ending: Ending, asker: Asker): AsyncGenerator<RunEvent, AnswerOutcome> {
    const { stop, steps } = ending;
    const reasoned = yield* this.#reasoned(ending, asker);
    const connected = isConnected(this.#search.graph, this.#named(), reasoned.evidence);
    const navigation = { invalid: this.#invalid, constrained: this.#constrained };
    return { kind: 'answer', stop, steps, navigation, ...reasoned, connected };
  }

  async *#reasoned({ messages }: Ending, asker: Asker): AsyncGenerator<RunEvent, Reasoned> {
    const found = this.#history.evidence(this.#summary(), this.#question.text);
    const compat = this.#compat;
    if (this.#without.has('final-reasoner'))
      return yield* answerDirectly(this.#question, this.#given, messages, asker, { compat, evidence: found });
    const { graph } = this.#search;
    const options = { graph, compat, fallback: this.#fallback, style: this.#style };
    return yield* reason(this.#question, found, asker, options);
  }

  /** A reminder costs a step. By default two in a row end the search: the model will not find the grammar. */
  #reminded({ reminder }: Move): Turn {
    this.#invalid += 1;
    this.#unreadable += 1;
    if (!this.#compat && this.#unreadable >= MAX_UNREADABLE) return { kind: 'stop', stop: 'unreadable' };
    return { kind: 'continue', observation: reminder, lines: [] };
  }

  /** By default moves that go on bringing nothing end the search: at temperature 0 they would for ever. */
  #called({ call, reminder }: Extract<Move, { kind: 'call' }>): Turn {
    this.#unreadable = 0;
    this.#calls += 1;
    const result = runCall(call, this.#search, this.#history, { localSearch: this.#localSearch });
    if (isFailure(result)) this.#invalid += 1;
    const { observation, lines } = this.#observe(result, reminder);
    const fruitful = lines.length > 0 || (result.text !== undefined && !isFailure(result));
    this.#fruitless = fruitful ? 0 : this.#fruitless + 1;
    if (!this.#compat && this.#fruitless >= MAX_FRUITLESS) return { kind: 'stop', stop: 'stuck' };
    return { kind: 'continue', observation, lines };
  }

  /** New lines, then what the tool says, then a reminder; spec §3.3. */
  #observe(result: ToolResult | Found, reminder = ''): { observation: string; lines: EvidenceLine[] } {
    const triples = this.#ordered(result.triples);
    const lines = this.#history.add(triples);
    const stale = triples.length > 0 && lines.length === 0;
    const shown = this.#without.has('remove-seen') ? this.#history.linesOf(triples) : lines;
    const parts = [
      ...numberedLines(this.#search.graph, shown, this.#style),
      'text' in result ? result.text : '',
      stale ? NOTHING_NEW : result.info,
      stale && !this.#compat ? this.#whatNext() : '',
      reminder,
    ];
    return { observation: parts.filter(Boolean).join('\n'), lines };
  }

  #ordered(triples: readonly Triple[]): Triple[] {
    return this.#without.has('dfs-order') ? this.#search.inGraphOrder(triples) : [...triples];
  }

  #whatNext(): string {
    const search = this.#localSearch
      ? `Use ${this.#tools.local} with the number of a line`
      : `Use ${this.#tools.global} with other keywords`;
    return `${search}, or ${this.#constrained ? 'answer' : 'write "Answer:"'}.`;
  }

  get #localSearch(): boolean {
    return !this.#without.has('local-search');
  }

  /**
   * About 16 triples of the history; by default with those in front that the last turn cites (`line 3`), and those that
   * join what the question names: a summary by size may drop the ground of the answer.
   */
  #summary(): Triple[] {
    const { triples } = this.#history;
    const summary = this.#ordered(this.#search.summarise(triples, [this.#question.text]).triples);
    if (this.#compat) return summary;
    const cited = this.#cited.flatMap((line) => triples[line] ?? []);
    const ordered = [...cited, ...joiningTriples(triples, this.#named()), ...summary];
    return [...new Map(ordered.map((triple) => [triple.edge, triple])).values()];
  }

  #named(): string[] {
    return this.#names.map(({ node }) => node);
  }
}
