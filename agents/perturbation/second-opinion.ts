import { certify } from '../../graphs/certificate/certify.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import type {
  AnswerOutcome,
  Certificate,
  EvidenceLine,
  Mechanism,
  RunEvent,
  Verdict,
} from '../../src/run.ts';
import type { Question } from '../question.ts';
import { type Finding, findEffect, signedGraphOf, verdictOf } from './finding.ts';
import { type Reading, readQuestion } from './read-question.ts';
import { findingNotes, findingText, LineNumbers } from './tell.ts';

/** What propagation over the whole graph says of a question; lines that `evidence` has keep their numbers. */
export function mechanismOf(
  question: Question,
  { graph, names }: Pick<PathwaySearch, 'graph' | 'names'>,
  evidence: readonly EvidenceLine[] = [],
): { mechanism: Mechanism; certificate: Certificate | null } {
  const nothing = { verdict: null, text: [], notes: [], lines: [] };
  if (question.kind === 'open') return { mechanism: { ...nothing, abstained: 'open' }, certificate: null };
  const finding = findEffect(graph, readQuestion(question.text, { graph, names }));
  const lines = new LineNumbers(graph, question.text, evidence);
  const verdict = verdictOf(finding);
  const text = findingText(graph, finding, lines);
  const certificate = certificateOf(graph, question.text, finding, verdict, lines);
  const notes = findingNotes(graph, finding, lines);
  const mechanism = { verdict, abstained: abstention(finding, verdict), text, notes, lines: lines.added };
  return { mechanism, certificate };
}

function abstention(finding: Finding, verdict: Verdict | null): Mechanism['abstained'] {
  if (finding.kind === 'not-read' || finding.kind === 'no-path') return finding.kind;
  return verdict === null ? 'undecided' : null;
}

function certificateOf(
  graph: PathwayGraph,
  question: string,
  finding: Finding,
  verdict: Verdict | null,
  lines: LineNumbers,
): Certificate | null {
  if (finding.kind !== 'found' || verdict === null) return null;
  const { cause, target, asked, effect } = finding;
  const claim = { question, verdict, perturbed: cause, target, asked, steps: effect.path.steps };
  return certify(signedGraphOf(graph), { ...claim, lineOf: (edge) => lines.of(edge) });
}

/** A certificate of an answer's verdict out of its own evidence; null where the evidence does not carry it. */
export function certificateFrom(
  question: Question,
  { graph, names }: Pick<PathwaySearch, 'graph' | 'names'>,
  { verdict, evidence }: Pick<AnswerOutcome, 'verdict' | 'evidence'>,
): Certificate | null {
  if (verdict === null || evidence.length === 0) return null;
  const within = evidence.map(({ edge }) => edge);
  const finding = findEffect(graph, readQuestion(question.text, { graph, names }), { within });
  if (verdictOf(finding) !== verdict) return null;
  return certificateOf(
    graph,
    question.text,
    finding,
    verdict,
    new LineNumbers(graph, question.text, evidence),
  );
}

/** The run of an agent on a graph, its outcome completed by a certificate, where it can be had, and the mechanism. */
export async function* withSecondOpinion(
  run: AsyncIterable<RunEvent>,
  question: Question,
  search: Pick<PathwaySearch, 'graph' | 'names'>,
): AsyncGenerator<RunEvent> {
  for await (const event of run) {
    if (event.type !== 'finished' || event.outcome.mechanism) yield event;
    else yield { ...event, outcome: completed(event.outcome, question, search) };
  }
}

function completed(
  outcome: AnswerOutcome,
  question: Question,
  search: Pick<PathwaySearch, 'graph' | 'names'>,
): AnswerOutcome {
  const { mechanism } = mechanismOf(question, search, outcome.evidence);
  return { ...outcome, certificate: certificateFrom(question, search, outcome), mechanism };
}

/** Both the answer and the propagation have a verdict, and not the same one. */
export function disagrees({ verdict, mechanism }: Pick<AnswerOutcome, 'verdict' | 'mechanism'>): boolean {
  const other = mechanism?.verdict ?? null;
  return verdict !== null && other !== null && verdict !== other;
}

/** Whether the question's text can be read as the certificate tells it: what is changed, and what is asked of what. */
export function tellsOf(
  { question, perturbed, target, asked }: Certificate,
  search: Pick<PathwaySearch, 'graph' | 'names'>,
): boolean {
  const reading: Reading = readQuestion(question, search);
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return (
    reading.causes.some(({ node, direction }) => same({ node, direction }, perturbed)) &&
    reading.asked?.direction === asked &&
    same(ordered(reading.asked.target), ordered(target))
  );
}

const ordered = (value: object) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
