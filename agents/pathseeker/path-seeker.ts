import type { Triple } from '../../graphs/pathway-graph.ts';
import { connects } from '../../graphs/pieces.ts';
import type { ResolvedName } from '../../graphs/resolve-names.ts';
import type { Found, PathwaySearch } from '../../graphs/search.ts';
import type { ServedModel } from '../../src/model/chat-model.ts';
import type { AnswerOutcome, EvidenceLine, Message, RunEvent } from '../../src/run.ts';
import type { Asker } from '../asker.ts';
import type { Agent, Ending, ReplySettings, Turn } from '../loop.ts';
import type { Question } from '../question.ts';
import { navigationSampling } from '../sampling.ts';
import { type EvidenceStyle, numberedLines, styleFor } from './evidence-style.ts';
import { History } from './history.ts';
import { joiningTriples } from './joining-triples.ts';
import { END_NOTICE, givenMove, openingMessages, ourTools, referenceTools } from './prompts.ts';
import { type Move, readMove } from './read-move.ts';
import { reason } from './reasoner.ts';
import { isFailure, runCall, type ToolResult } from './tools.ts';

export interface PathSeekerOptions {
  /** Its mode decides the agent's: in `compat` the reference's rules hold (spec §3), and the model moves first. */
  search: PathwaySearch;
  /** Check whether the reasoner decided the question, and reason without the graph where not. Default: true. */
  fallback?: boolean;
}

const RESERVE = 120;
/** Moves in a row that cannot be read before navigation ends; and moves that bring nothing new. */
const MAX_UNREADABLE = 2;
const MAX_FRUITLESS = 3;

const NOTHING_NEW = 'No new pathways were found; all of them were shown before.';
const WHAT_NEXT = `Use ${ourTools.local} with the number of a line, or write "Answer:".`;

/** Answers one question by walking a pathway graph in subgraph searches; PathSeeker, arXiv 2502.16660. */
export function pathSeekerAgent(question: Question, options: PathSeekerOptions): Agent {
  return new PathSeeker(question, options);
}

class PathSeeker implements Agent {
  readonly #question: Question;
  readonly #search: PathwaySearch;
  readonly #fallback: boolean;
  readonly #compat: boolean;
  readonly #history: History;
  readonly #names: readonly ResolvedName[];
  #style: EvidenceStyle = 'lines';
  #unreadable = 0;
  #fruitless = 0;

  constructor(question: Question, { search, fallback = true }: PathSeekerOptions) {
    this.#question = question;
    this.#search = search;
    this.#fallback = fallback;
    this.#compat = search.mode === 'compat';
    this.#history = new History(search.graph, search.mode);
    this.#names = search.names.resolve(question.text);
  }

  replySettings(served: ServedModel): ReplySettings {
    const stop = this.#compat ? undefined : ['End Action', '\nObservation', '\nQuestion:', END_NOTICE];
    return { ...navigationSampling(served, this.#compat), reserve: RESERVE, stop };
  }

  async *open({ served }: Asker): AsyncGenerator<RunEvent, Message[]> {
    this.#style = styleFor(served, this.#compat);
    const tools = this.#compat ? referenceTools : ourTools;
    const messages = openingMessages(this.#question, tools, this.#style);
    if (!this.#compat) yield { type: 'resolved', names: [...this.#names] };
    yield { type: 'opening', messages: [...messages] };
    if (this.#compat) return messages;

    const move = givenMove(this.#question.text, tools);
    yield { type: 'given-move', step: 0, text: move.content };
    const first = this.#search.global([this.#question.text], { seeds: this.#named() });
    const { observation, lines } = this.#observe(first);
    yield { type: 'observation', step: 0, text: observation, lines };
    messages.push(move, { role: 'user', content: observation });
    return messages;
  }

  async step(reply: string): Promise<Turn> {
    const move = readMove(reply, { compat: this.#compat });
    switch (move.kind) {
      case 'ready':
        return { kind: 'stop', stop: 'done' };
      case 'unreadable':
        return this.#reminded(move);
      case 'call':
        return this.#called(move);
    }
  }

  async *conclude({ stop, steps }: Ending, asker: Asker): AsyncGenerator<RunEvent, AnswerOutcome> {
    const found = this.#history.evidence(this.#summary(), this.#question.text);
    const options = { graph: this.#search.graph, compat: this.#compat, fallback: this.#fallback };
    const reasoned = yield* reason(this.#question, found, asker, options);
    return { kind: 'answer', stop, steps, ...reasoned, connected: this.#connected(reasoned.evidence) };
  }

  /** A reminder costs a step. By default two in a row end the search: the model will not find the grammar. */
  #reminded({ reminder }: Move): Turn {
    this.#unreadable += 1;
    if (!this.#compat && this.#unreadable >= MAX_UNREADABLE) return { kind: 'stop', stop: 'unreadable' };
    return { kind: 'continue', observation: reminder, lines: [] };
  }

  /** By default moves that go on bringing nothing end the search: at temperature 0 they would for ever. */
  #called({ call, reminder }: Extract<Move, { kind: 'call' }>): Turn {
    this.#unreadable = 0;
    const result = runCall(call, this.#search, this.#history);
    const { observation, lines } = this.#observe(result, reminder);
    const fruitful = lines.length > 0 || (result.text !== undefined && !isFailure(result));
    this.#fruitless = fruitful ? 0 : this.#fruitless + 1;
    if (!this.#compat && this.#fruitless >= MAX_FRUITLESS) return { kind: 'stop', stop: 'stuck' };
    return { kind: 'continue', observation, lines };
  }

  /** New lines, then what the tool says, then a reminder; spec §3.3. */
  #observe(result: ToolResult | Found, reminder = ''): { observation: string; lines: EvidenceLine[] } {
    const lines = this.#history.add(result.triples);
    const stale = result.triples.length > 0 && lines.length === 0;
    const parts = [
      ...numberedLines(this.#search.graph, lines, this.#style),
      'text' in result ? result.text : '',
      stale ? NOTHING_NEW : result.info,
      stale && !this.#compat ? WHAT_NEXT : '',
      reminder,
    ];
    return { observation: parts.filter(Boolean).join('\n'), lines };
  }

  /** About 16 triples of the history; by default with those in front that join what the question names. */
  #summary(): Triple[] {
    const { triples } = this.#history;
    const summary = this.#search.summarise(triples, [this.#question.text]).triples;
    if (this.#compat) return summary;
    const joining = joiningTriples(triples, this.#named());
    const kept = new Set(joining.map(({ edge }) => edge));
    return [...joining, ...summary.filter(({ edge }) => !kept.has(edge))];
  }

  #named(): string[] {
    return this.#names.map(({ node }) => node);
  }

  /** A question that names nothing of the graph is connected by no evidence. */
  #connected(evidence: readonly EvidenceLine[]): boolean {
    const { graph } = this.#search;
    const triples = evidence.map(({ edge }) => ({
      edge,
      head: graph.source(edge),
      tail: graph.target(edge),
    }));
    const nodes = this.#named();
    return nodes.length > 0 && connects(graph, triples, nodes);
  }
}
