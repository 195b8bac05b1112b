import type { PathwaySearch } from '../../../graphs/search.ts';
import type { AnswerOutcome, RunEvent } from '../../../src/run.ts';
import type { Asker } from '../../asker.ts';
import { isConnected } from '../../connected.ts';
import type { StagedAgent } from '../../loop.ts';
import { History } from '../../pathseeker/history.ts';
import { reason } from '../../pathseeker/reasoner.ts';
import type { Question } from '../../question.ts';
import { PROCESS_RULE, ProcessTable } from './process-lines.ts';

export const fullContextSettings = { contextRule: PROCESS_RULE } as const;

/** No line has fewer tokens; more lines than the context has room for are not rendered. */
const TOKENS_OF_A_LINE = 12;

export interface FullContextOptions {
  search: PathwaySearch;
  processes: ProcessTable;
}

export function processTable({ graph }: PathwaySearch): ProcessTable {
  return new ProcessTable(graph);
}

/**
 * No navigation: the whole processes that the question is about are put before the model, as far as its context
 * reaches. Which ones, and what is cut, says `PROCESS_RULE`.
 */
export function fullContextAgent(question: Question, options: FullContextOptions): StagedAgent {
  return { answer: (asker) => answerOver(question, options, asker) };
}

async function* answerOver(
  question: Question,
  { search, processes }: FullContextOptions,
  asker: Asker,
): AsyncGenerator<RunEvent, AnswerOutcome> {
  const { graph, mode } = search;
  const names = search.names.resolve(question.text);
  yield { type: 'resolved', names };
  const nodes = names.map(({ node }) => node);
  const enough = Math.ceil(asker.served.contextLength / TOKENS_OF_A_LINE);
  const triples = processes.edgesFor(question.text, nodes, enough).slice(0, enough);
  const found = new History(graph, mode).evidence(triples, question.text);
  const options = { graph, compat: mode === 'compat', fallback: false, cutAtEnd: true };
  const reasoned = yield* reason(question, found, asker, options);
  const connected = isConnected(graph, nodes, reasoned.evidence);
  return { kind: 'answer', stop: 'done', steps: 1, ...reasoned, connected };
}
