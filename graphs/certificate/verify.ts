import type { Certificate, Direction, PathStep, Sign, Target } from '../../src/run.ts';
import { memberships } from '../graph-index.ts';
import type { PathwayGraph } from '../pathway-graph.ts';
import { directionAt, lastEdges } from '../perturb/effect.ts';
import type { SignedGraph } from '../perturb/propagation.ts';
import { carriedSign, type SignedStep, times } from '../perturb/signed-step.ts';
import { certifiedLine } from './certify.ts';

/** What is wrong with a certificate. */
export const rejections = [
  'graph-changed',
  'node-absent',
  'edge-absent',
  'ends-swapped',
  'sign-flipped',
  'line-changed',
  'chain-broken',
  'verdict-flipped',
] as const;
export type Rejection = (typeof rejections)[number];

export type Verified = { ok: true } | { ok: false; reason: Rejection; detail: string };

class Rejected extends Error {
  readonly reason: Rejection;
  constructor(reason: Rejection, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/**
 * Checks a certificate against the graph, without a model and without a search: the graph is the one it was made on,
 * each step is an edge of it with that sign and line, the steps lead from what is changed to what is asked about, and
 * the verdict follows. The first fault is the reason.
 */
export function verifyCertificate(signed: SignedGraph, certificate: Certificate): Verified {
  try {
    checkGraph(signed.index.graph, certificate);
    for (const step of certificate.steps) checkStep(signed.index.graph, step);
    checkLines(signed.index.graph, certificate);
    const steps = checkChain(signed, certificate);
    checkVerdict(signed, certificate, steps);
    return { ok: true };
  } catch (error) {
    if (error instanceof Rejected) return { ok: false, reason: error.reason, detail: error.message };
    throw error;
  }
}

function checkGraph(graph: PathwayGraph, { graph: made, perturbed, target }: Certificate): void {
  const { hash } = graph.getAttributes();
  if (made.hash !== hash)
    throw new Rejected('graph-changed', `it was made on ${short(made.hash)}, this graph is ${short(hash)}`);
  const nodes = [perturbed.node, target.node, ...(target.kind === 'interaction' ? [target.partner] : [])];
  const unknown = nodes.find((node) => !graph.hasNode(node));
  if (unknown !== undefined) throw new Rejected('node-absent', `the graph has no node ${unknown}`);
}

const short = (hash: string) => hash.slice(0, 12);

function checkStep(graph: PathwayGraph, step: PathStep): void {
  const { edge, head, tail } = step;
  const turned = `${tail} acts on ${head}, not the other way round`;
  if (!graph.hasEdge(edge)) {
    if (!graph.hasDirectedEdge(head, tail) && isEdge(graph, tail, head))
      throw new Rejected('ends-swapped', turned);
    throw new Rejected('edge-absent', `the graph has no edge ${edge}`);
  }
  const [from, to] = [graph.source(edge), graph.target(edge)];
  if (from === tail && to === head && from !== to) throw new Rejected('ends-swapped', turned);
  if (from !== head || to !== tail)
    throw new Rejected('edge-absent', `${edge} does not join ${head} and ${tail}`);
  const sign = signOf(graph, edge);
  if (sign !== step.sign || sign === 'conflict' || (sign === '0' && !isMembership(graph, edge)))
    throw new Rejected('sign-flipped', `${edge} has the sign ${sign}, not ${step.sign}`);
}

function isEdge(graph: PathwayGraph, head: string, tail: string): boolean {
  return graph.hasNode(head) && graph.hasNode(tail) && graph.hasDirectedEdge(head, tail);
}

function isMembership(graph: PathwayGraph, edge: string): boolean {
  return memberships.has(graph.getEdgeAttribute(edge, 'type'));
}

function signOf(graph: PathwayGraph, edge: string): Sign {
  return isMembership(graph, edge) ? '0' : carriedSign(graph.getEdgeAttributes(edge));
}

/** Each step has its line, each line its step, and the line says what the graph says. */
function checkLines(graph: PathwayGraph, { steps, lines, question }: Certificate): void {
  const byNumber = new Map(lines.map((line) => [line.line, line]));
  if (byNumber.size !== lines.length) throw new Rejected('line-changed', 'two lines have one number');
  for (const { line, edge } of steps) {
    const found = byNumber.get(line);
    if (found?.edge !== edge) throw new Rejected('line-changed', `line ${line} is not ${edge}`);
    const { text } = certifiedLine(graph, edge, line, question);
    if (found.text !== text)
      throw new Rejected('line-changed', `line ${line} does not say what the graph says`);
  }
  const used = new Set(steps.map(({ line }) => line));
  const idle = lines.find(({ line }) => !used.has(line));
  if (idle) throw new Rejected('line-changed', `no step uses line ${idle.line}`);
}

/** The steps as the propagation walks them. */
function checkChain(signed: SignedGraph, { perturbed, steps, target }: Certificate): SignedStep[] {
  const { index } = signed;
  let at = perturbed.node;
  let change: Direction = perturbed.direction;
  const walked = steps.map((step, i): SignedStep => {
    const [from, to] = step.backwards ? [step.tail, step.head] : [step.head, step.tail];
    const isLast = i === steps.length - 1 && target.kind === 'interaction';
    if (from !== at || (step.backwards && step.sign !== '0' && !isLast))
      throw new Rejected('chain-broken', `step ${i + 1} begins at ${from}, where nothing has led`);
    change = step.sign === '0' ? change : times(change, step.sign as Direction);
    if (change !== step.change)
      throw new Rejected(
        'sign-flipped',
        `after step ${i + 1} ${to} changes by ${change}, not ${step.change}`,
      );
    at = to;
    const edge = index.edgeNumber({ edge: step.edge, head: step.head, tail: step.tail });
    const [a, b] = [index.nodeNumber(from), index.nodeNumber(to)];
    return { edge, backwards: step.backwards, from: a, to: b, change };
  });
  if (!endsAtTarget(signed, at, walked.at(-1), target))
    throw new Rejected('chain-broken', `the steps end at ${at}`);
  return walked;
}

/** With the modification or the interaction itself where the graph knows it, of the node or of its family. */
function endsAtTarget(
  signed: SignedGraph,
  at: string,
  last: SignedStep | undefined,
  target: Target,
): boolean {
  const edges = lastEdges(signed, target);
  if (edges.size > 0) return last !== undefined && edges.has(last.edge);
  return at === target.node || (target.kind === 'interaction' && at === target.partner);
}

function checkVerdict(signed: SignedGraph, certificate: Certificate, steps: readonly SignedStep[]): void {
  const { perturbed, target, asked, verdict } = certificate;
  const direction = directionAt(signed, perturbed.direction, steps, target);
  const follows = direction === asked ? 'Yes' : 'No';
  if (verdict !== follows)
    throw new Rejected('verdict-flipped', `the steps lead to ${direction}, asked is ${asked}: ${follows}`);
}
