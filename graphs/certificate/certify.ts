import type { Certificate, Direction, PathStep, Target, Verdict } from '../../src/run.ts';
import type { PathwayGraph } from '../pathway-graph.ts';
import type { SignedGraph } from '../perturb/propagation.ts';
import { carriedSign, type Perturbation, type SignedStep } from '../perturb/signed-step.ts';
import { renderTriple } from '../text/render.ts';

/** What an answer claims. */
export interface Claim {
  question: string;
  verdict: Verdict;
  perturbed: Perturbation;
  target: Target;
  asked: Direction;
  steps: readonly SignedStep[];
  /** The number of an edge's line, by edge key. */
  lineOf(edge: string): number;
}

/** A certificate of the claim: the path and its lines, and nothing else of the graph. */
export function certify({ index }: SignedGraph, claim: Claim): Certificate {
  const { question, verdict, perturbed, target, asked, lineOf } = claim;
  const { graph } = index;
  const { name, hash, altered } = graph.getAttributes();
  const steps = claim.steps.map(({ edge, backwards, change }): PathStep => {
    const triple = index.triple(edge);
    const sign = index.isMembership(edge) ? '0' : carriedSign(index.edge(edge));
    return { line: lineOf(triple.edge), ...triple, sign, backwards, change };
  });
  const edges = new Map(steps.map(({ line, edge }) => [line, edge]));
  const lines = [...edges].map(([line, edge]) => certifiedLine(graph, edge, line, question));
  const { node, direction } = perturbed;
  const origin = { name, hash, ...alterationOf(altered) };
  const claimed = { question, verdict, graph: origin, perturbed: { node, direction }, target, asked };
  return { type: 'certificate', version: 1, ...claimed, steps, lines };
}

function alterationOf(altered: { removed: string[]; flipped: string[] } | undefined) {
  const { removed = [], flipped = [] } = altered ?? {};
  return { ...(removed.length > 0 && { removed }), ...(flipped.length > 0 && { flipped }) };
}

/** A line of a certificate, as the graph has it. */
export function certifiedLine(
  graph: PathwayGraph,
  edge: string,
  line: number,
  question: string,
): Certificate['lines'][number] {
  const triple = { edge, head: graph.source(edge), tail: graph.target(edge) };
  return { line, edge, text: renderTriple(graph, triple, { keywords: [question] }) };
}
