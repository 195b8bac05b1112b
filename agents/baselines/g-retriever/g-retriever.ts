import type { PathwaySearch } from '../../../graphs/search.ts';
import type { AnswerOutcome, RunEvent } from '../../../src/run.ts';
import type { Asker } from '../../asker.ts';
import { isConnected } from '../../connected.ts';
import type { StagedAgent } from '../../loop.ts';
import { History } from '../../pathseeker/history.ts';
import { reason } from '../../pathseeker/reasoner.ts';
import type { Question } from '../../question.ts';

/** The paper gives none of these; they are ours. */
export const gRetrieverSettings = { targetSize: 16, keywords: 'question' } as const;

/**
 * G-Retriever (arXiv 2402.07630) as BioMaze describes it: one prize-collecting Steiner tree for the question, told as
 * text, and an answer from it; spec §4.4. No graph encoder, no navigation, no second thought without the graph.
 */
export function gRetrieverAgent(question: Question, search: PathwaySearch): StagedAgent {
  return { answer: (asker) => answerOver(question, search, asker) };
}

async function* answerOver(
  question: Question,
  search: PathwaySearch,
  asker: Asker,
): AsyncGenerator<RunEvent, AnswerOutcome> {
  const { graph, mode } = search;
  const names = search.names.resolve(question.text);
  if (mode === 'better') yield { type: 'resolved', names };
  const { triples } = search.global([question.text], { targetSize: gRetrieverSettings.targetSize });
  const found = new History(graph, mode).evidence(triples, question.text);
  const options = { graph, compat: mode === 'compat', fallback: false };
  const reasoned = yield* reason(question, found, asker, options);
  const nodes = names.map(({ node }) => node);
  const connected = isConnected(graph, nodes, reasoned.evidence);
  return { kind: 'answer', stop: 'done', steps: 1, ...reasoned, connected };
}
