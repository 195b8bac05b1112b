import type { Direction, Target } from '../../src/run.ts';
import { edgesOf, familyCircle } from '../neighbourhood.ts';
import { isSimple, type Propagation, type SignedGraph, type SignedPath } from './propagation.ts';
import { opposite, type SignedStep, times } from './signed-step.ts';

/** How a perturbation reaches a target. */
export interface Effect {
  /** What happens to the target. */
  direction: Direction;
  /** The earliest way there; its last step is the modification or the interaction where one is asked about. */
  path: SignedPath;
  /** The earliest way to the opposite, where there is one; as early as `path` means that neither is to be trusted. */
  opposing: SignedPath | undefined;
}

/** As early as: differences of time that only tell apart a detour over a family. */
const tie = 0.1;

/** Whether the opposite arrives at about the same time. */
export function isUndecided({ path, opposing }: Effect): boolean {
  return opposing !== undefined && opposing.cost - path.cost < tie;
}

/** The earliest effect on the target, with the earliest opposite one; undefined where no signed path leads there. */
export function effectOn(
  graph: SignedGraph,
  propagation: Propagation,
  target: Target,
  within?: ReadonlySet<number>,
): Effect | undefined {
  const arrivals = arrivalsAt(graph, propagation, target, within);
  const earliest = arrivals.sort((a, b) => a.path.cost - b.path.cost)[0];
  if (!earliest) return undefined;
  const opposing = arrivals.find(
    ({ direction, path }) => direction !== earliest.direction && isSimple(path),
  )?.path;
  return { ...earliest, opposing };
}

interface Arrival {
  direction: Direction;
  path: SignedPath;
}

const directions: readonly Direction[] = ['+', '-'];

function arrivalsAt(
  graph: SignedGraph,
  propagation: Propagation,
  target: Target,
  within: ReadonlySet<number> | undefined,
): Arrival[] {
  const node = graph.index.nodeNumber(target.node);
  const plain = () => arrivals(propagation, node);
  if (target.kind === 'activity') return plain();
  const last = lastEdges(graph, target);
  // Only where the graph knows nothing of the modification or the interaction does the node's activity stand for it.
  if (last.size === 0) return plain();
  const usable = [...last].filter(([edge]) => !within || within.has(edge));
  const forward = usable.flatMap(([edge, sign]) => overHead(graph, propagation, edge, sign));
  if (forward.length > 0 || target.kind === 'modification') return forward;
  return usable.flatMap(([edge]) => overTail(graph, propagation, edge));
}

function arrivals(propagation: Propagation, node: number): Arrival[] {
  return directions.flatMap((direction) => {
    const path = propagation.pathTo(node, direction);
    return path ? [{ direction, path }] : [];
  });
}

/** A modification changes as its enzyme does, and an interaction as the side that acts. */
function overHead(graph: SignedGraph, propagation: Propagation, edge: number, sign: Direction): Arrival[] {
  const { index, signs } = graph;
  const [from, to] = [index.heads[edge] as number, index.tails[edge] as number];
  return arrivals(propagation, from).map(({ direction, path }) => {
    const change = times(direction, signs[edge] === 1 ? '+' : '-');
    const step = { edge, backwards: false, from, to, change };
    return { direction: times(direction, sign), path: extended(path, step) };
  });
}

/** Where nothing reaches the side that acts, what reaches the other one by another way frees or fosters the two. */
function overTail(graph: SignedGraph, propagation: Propagation, edge: number): Arrival[] {
  const { index, signs } = graph;
  const [to, from] = [index.heads[edge] as number, index.tails[edge] as number];
  return arrivals(propagation, from).map(({ direction, path }) => {
    const change = times(direction, signs[edge] === 1 ? '+' : '-');
    return { direction: change, path: extended(path, { edge, backwards: true, from, to, change }) };
  });
}

function extended({ cost, steps }: SignedPath, step: SignedStep): SignedPath {
  return { cost: cost + 1, steps: [...steps, step] };
}

/** Signed edges into the target, or what it belongs to, that put the modification on (`+`) or take it off (`-`). */
function modifyingEdges(
  graph: SignedGraph,
  { node, modification }: Extract<Target, { kind: 'modification' }>,
): Map<number, Direction> {
  const found = new Map<number, Direction>();
  for (const member of familyCircle(graph.index, [graph.index.nodeNumber(node)])) {
    for (const edge of edgesOf(graph.index.incoming, member)) {
      const does = graph.signs[edge] === 0 ? undefined : modifies(graph, edge, modification);
      if (does) found.set(edge, does);
    }
  }
  return found;
}

function modifies({ index }: SignedGraph, edge: number, modification: string): Direction | undefined {
  const { subtypes } = index.edge(edge);
  if (subtypes.includes(modification)) return '+';
  return subtypes.includes(`de${modification}`) ? '-' : undefined;
}

/** Signed edges between the partners, or what they belong to, either way. */
function joiningEdges(
  graph: SignedGraph,
  { node, partner }: Extract<Target, { kind: 'interaction' }>,
): Map<number, Direction> {
  const { index } = graph;
  const [ours, theirs] = [node, partner].map((key) => familyCircle(index, [index.nodeNumber(key)])) as [
    Set<number>,
    Set<number>,
  ];
  const found = new Map<number, Direction>();
  for (const [side, other] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    for (const head of side) {
      for (const edge of edgesOf(index.outgoing, head)) {
        if (graph.signs[edge] !== 0 && other.has(index.tails[edge] as number)) found.set(edge, '+');
      }
    }
  }
  return found;
}

/** What happens to the target at the end of a path: by its last step, and where that is none by the start. */
export function directionAt(
  graph: SignedGraph,
  start: Direction,
  steps: readonly SignedStep[],
  target: Target,
): Direction | undefined {
  const last = steps.at(-1);
  const reached = last?.change ?? start;
  if (target.kind === 'activity' || !last) return reached;
  const before = steps.at(-2)?.change ?? start;
  if (target.kind === 'modification') {
    const does = last.backwards ? undefined : modifies(graph, last.edge, target.modification);
    return does ? times(before, does) : reached;
  }
  const joins = joiningEdges(graph, target).has(last.edge);
  return joins && !last.backwards ? before : reached;
}

/** The edges that a path to a modification or an interaction must end with; none where the graph knows of none. */
export function lastEdges(graph: SignedGraph, target: Target): Map<number, Direction> {
  if (target.kind === 'activity') return new Map();
  return target.kind === 'modification' ? modifyingEdges(graph, target) : joiningEdges(graph, target);
}

/** Loops that work against the effect: the target acts back on a node of the path, against that node's change. */
export function feedbackOn(
  graph: SignedGraph,
  { path }: Effect,
  options: { maxSteps?: number; within?: ReadonlySet<number> | undefined } = {},
): SignedPath | undefined {
  const last = path.steps.at(-1);
  if (!last || last.backwards) return undefined;
  const { index } = graph;
  const start = { node: index.nodeKeys[last.to] as string, direction: last.change };
  const back = graph.propagate([start], { maxCost: options.maxSteps ?? 3.5, within: options.within });
  const loops = path.steps.slice(0, -1).flatMap(({ to, change }) => {
    const loop = back.pathTo(to, opposite(change));
    return loop && loop.steps.length > 0 && isSimple(loop) ? [loop] : [];
  });
  return loops.sort((a, b) => a.cost - b.cost)[0];
}

/** Edges between nodes of the path on whose direction the sources disagree; they carried nothing. */
export function disputedEdges({ index }: SignedGraph, { path }: Effect): number[] {
  const nodes = new Set(path.steps.flatMap(({ from, to }) => [from, to]));
  return [...nodes].flatMap((node) =>
    [...edgesOf(index.outgoing, node)].filter(
      (edge) => nodes.has(index.tails[edge] as number) && index.edge(edge).sign === 'conflict',
    ),
  );
}
