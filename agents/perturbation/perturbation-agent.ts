import type { PathwaySearch } from '../../graphs/search.ts';
import type { AnswerOutcome, EvidenceLine, Message, RunEvent } from '../../src/run.ts';
import type { Agent, ReplySettings, Turn } from '../loop.ts';
import type { Question } from '../question.ts';
import { mechanismOf } from './second-opinion.ts';

/**
 * Answers by signed propagation over the graph, without a model: run it with `maxSteps: 0`. It sees the text of the
 * question and nothing else, and abstains where no signed path leads from what is changed to what is asked about.
 */
export function perturbationAgent(question: Question, search: PathwaySearch): Agent {
  return new PerturbationAgent(question, search);
}

class PerturbationAgent implements Agent {
  readonly #question: Question;
  readonly #search: PathwaySearch;

  constructor(question: Question, search: PathwaySearch) {
    this.#question = question;
    this.#search = search;
  }

  replySettings(): ReplySettings {
    return { maxTokens: 1, reserve: 0, temperature: 0 };
  }

  async *open(): AsyncGenerator<RunEvent, Message[]> {
    yield { type: 'resolved', names: this.#search.names.resolve(this.#question.text) };
    return [];
  }

  async step(): Promise<Turn> {
    return { kind: 'stop', stop: 'done' };
  }

  async *conclude(): AsyncGenerator<RunEvent, AnswerOutcome> {
    const { mechanism, certificate } = mechanismOf(this.#question, this.#search);
    const { verdict, abstained, text, lines, notes } = mechanism;
    const evidence: EvidenceLine[] = lines;
    if (evidence.length > 0)
      yield { type: 'observation', step: 0, text: lineTexts(evidence).join('\n'), lines: evidence };
    const answer = abstained === null ? text.join('\n') : abstentions[abstained];
    const facts = { kind: 'answer', stop: 'done', steps: 0 } as const;
    const certain = { unparsed: verdict === null, uncertain: verdict === null || notes.length > 0 };
    const connected = evidence.length > 0 || text.length > 0;
    const told = { ...mechanism, lines: [] }; // they are the evidence
    return { ...facts, answer, verdict, ...certain, connected, evidence, certificate, mechanism: told };
  }
}

const lineTexts = (lines: readonly EvidenceLine[]) => lines.map(({ line, text }) => `${line}) ${text}`);

/** Why there is no verdict. */
export const abstentions = {
  'not-read':
    'The question does not say what is changed and what is asked about in words that could be read.',
  'no-path': 'No signed path leads from what is changed to what is asked about.',
  undecided: 'Paths of opposite effect arrive at the same time.',
  open: 'The question is open: propagation answers Yes or No.',
} as const;
