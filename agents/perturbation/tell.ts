import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import type { SignedPath } from '../../graphs/perturb/propagation.ts';
import type { SignedStep } from '../../graphs/perturb/signed-step.ts';
import type { Direction, EvidenceLine, Target } from '../../src/run.ts';
import { evidenceLine } from '../evidence-line.ts';
import { type Finding, signedGraphOf, verdictOf } from './finding.ts';

const arrows: Record<Direction, string> = { '+': '↑', '-': '↓' };
const falls: Record<Direction, string> = { '+': 'rises', '-': 'falls' };

/** Gives each edge a line: that of the evidence where it has one, else the next free number. */
export class LineNumbers {
  readonly #graph: PathwayGraph;
  readonly #question: string;
  readonly #numbers: Map<string, number>;
  #next: number;
  /** The lines that the evidence did not have. */
  readonly added: EvidenceLine[] = [];

  constructor(
    graph: PathwayGraph,
    question: string,
    evidence: readonly Pick<EvidenceLine, 'edge' | 'line'>[],
  ) {
    this.#graph = graph;
    this.#question = question;
    this.#numbers = new Map(evidence.map(({ edge, line }) => [edge, line]));
    this.#next = evidence.reduce((most, { line }) => Math.max(most, line + 1), 0);
  }

  of(edge: string): number {
    const known = this.#numbers.get(edge);
    if (known !== undefined) return known;
    const line = this.#next++;
    this.#numbers.set(edge, line);
    const triple = { edge, head: this.#graph.source(edge), tail: this.#graph.target(edge) };
    this.added.push(evidenceLine(this.#graph, triple, line, { keywords: [this.#question] }));
    return line;
  }
}

/** The finding step by step, each with its line number and what happens to its node. */
export function findingText(graph: PathwayGraph, finding: Finding, lines: LineNumbers): string[] {
  if (finding.kind === 'not-read' || finding.kind === 'no-path') return [];
  const { cause, target, asked } = finding;
  const path = finding.kind === 'found' ? finding.effect.path : finding.without.path;
  const start = `${label(graph, cause.node)} ${arrows[cause.direction]} (as the question says)`;
  const steps = pathText(graph, path, lines);
  const name = targetText(graph, target);
  if (finding.kind === 'blocked') {
    const held = finding.at.map((node) => label(graph, node)).join(', ');
    return [
      start,
      ...steps,
      `But ${held} is held down, and no other way leads there: ${name} does not change.`,
    ];
  }
  const told = `So ${name} ${falls[finding.effect.direction]}; asked was whether it ${falls[asked]}: ${verdictOf(finding) ?? 'undecided'}.`;
  return [start, ...steps, told];
}

/** What speaks against the finding, or makes it less certain. */
export function findingNotes(graph: PathwayGraph, finding: Finding, lines: LineNumbers): string[] {
  if (finding.kind !== 'found') return [];
  const { effect, feedback, disputed, cause } = finding;
  const chain = (path: SignedPath) => pathText(graph, path, lines).join('; ');
  const notes: string[] = [];
  if (effect.opposing) {
    const later = effect.opposing.cost > effect.path.cost + 0.1 ? 'later' : 'at the same time';
    notes.push(`Conflict: another path has the opposite effect, ${later}: ${chain(effect.opposing)}`);
  }
  if (feedback) notes.push(`Feedback against the effect: ${chain(feedback)}`);
  for (const edge of disputed)
    notes.push(
      `Sources disagree on the direction of ${signedGraphOf(graph).index.edgeKeys[edge]}; it was not used.`,
    );
  if (cause.direction === '-' && climbs(graph, effect.path)) {
    notes.push('A member of a family is lost: other members may stand in for it.');
  }
  return notes;
}

function climbs(graph: PathwayGraph, { steps }: SignedPath): boolean {
  const { index } = signedGraphOf(graph);
  return steps.some(({ edge, backwards }) => !backwards && index.edge(edge).type === 'isa');
}

function pathText(graph: PathwayGraph, { steps }: SignedPath, lines: LineNumbers): string[] {
  const { index } = signedGraphOf(graph);
  return steps.map((step) => {
    const line = lines.of(index.edgeKeys[step.edge] as string);
    const [from, to] = [step.from, step.to].map((node) => index.node(node).label);
    return `line ${line}: ${from} ${relation(graph, step)} ${to} → ${to} ${arrows[step.change]}`;
  });
}

function relation(graph: PathwayGraph, { edge, backwards }: SignedStep): string {
  const { index, signs } = signedGraphOf(graph);
  const { type } = index.edge(edge);
  if (index.isMembership(edge)) {
    const isPart = type === 'partof';
    return backwards ? (isPart ? 'has the part' : 'has the member') : isPart ? 'is part of' : 'belongs to';
  }
  const raises = signs[edge] === 1;
  if (backwards) return raises ? 'is raised by' : 'is lowered by';
  return raises ? 'raises' : 'lowers';
}

function targetText(graph: PathwayGraph, target: Target): string {
  const name = label(graph, target.node);
  if (target.kind === 'modification') return `the ${target.modification} of ${name}`;
  return target.kind === 'interaction'
    ? `the interaction of ${name} with ${label(graph, target.partner)}`
    : name;
}

function label(graph: PathwayGraph, node: string): string {
  return graph.getNodeAttribute(node, 'label');
}
