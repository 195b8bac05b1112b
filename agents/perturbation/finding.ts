import { GraphIndex } from '../../graphs/graph-index.ts';
import { edgesOf, familyCircle } from '../../graphs/neighbourhood.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import {
  disputedEdges,
  type Effect,
  effectOn,
  feedbackOn,
  isUndecided,
} from '../../graphs/perturb/effect.ts';
import { SignedGraph, type SignedPath } from '../../graphs/perturb/propagation.ts';
import type { Perturbation } from '../../graphs/perturb/signed-step.ts';
import type { Direction, Target, Verdict } from '../../src/run.ts';
import type { Reading } from './read-question.ts';

/** What propagation found of a question. */
export type Finding =
  | { kind: 'not-read' }
  | { kind: 'no-path' }
  | {
      kind: 'found';
      cause: Perturbation;
      target: Target;
      asked: Direction;
      effect: Effect;
      /** A loop that works against the effect. */
      feedback: SignedPath | undefined;
      /** Edges between nodes of the path on whose direction sources disagree. */
      disputed: number[];
    }
  /** Every way passes a node that the question says is held down. */
  | { kind: 'blocked'; cause: Perturbation; target: Target; asked: Direction; without: Effect; at: string[] };

const graphs = new WeakMap<PathwayGraph, SignedGraph>();

/** The graph made ready for propagation; kept as long as the graph is. */
export function signedGraphOf(graph: PathwayGraph): SignedGraph {
  const known = graphs.get(graph);
  if (known) return known;
  const made = new SignedGraph(new GraphIndex(graph));
  graphs.set(graph, made);
  return made;
}

export interface FindOptions {
  /** Keys of the only edges to use, such as an answer's evidence; all, if left out. */
  within?: readonly string[] | undefined;
  /** The graph with other signs; as it is, if left out. */
  signed?: SignedGraph | undefined;
}

/** A step to something that the question names costs less: of several ways the one that is asked about is meant. */
const namedStep = 0.6;

/** The effect of the first cause from which a signed path leads to what is asked about. */
export function findEffect(
  graph: PathwayGraph,
  reading: Reading,
  { within, signed = signedGraphOf(graph) }: FindOptions = {},
): Finding {
  const { index } = signed;
  const edges = within && new Set(within.map((edge) => index.edgeNumber(tripleOf(graph, edge))));
  const named = familyCircle(
    index,
    reading.named.map((node) => index.nodeNumber(node)),
  );
  const costOf = (edge: number) => (named.has(index.tails[edge] as number) ? namedStep : 1);
  if (reading.causes.length === 0 || !reading.asked) return { kind: 'not-read' };
  const { target, direction: asked } = reading.asked;
  for (const cause of causesOf(reading.causes, target)) {
    const blocked = blockedBy(signed, reading.setting, cause, target);
    const spread = (held: readonly string[]) =>
      signed.propagate([cause], { blocked: held, costOf, within: edges });
    const effect = effectOn(signed, spread(blocked), target, edges);
    if (effect) {
      const feedback = feedbackOn(signed, effect, { within: edges });
      return {
        kind: 'found',
        cause,
        target,
        asked,
        effect,
        feedback,
        disputed: disputedEdges(signed, effect),
      };
    }
    const without = blocked.length > 0 ? effectOn(signed, spread([]), target, edges) : undefined;
    if (without) return { kind: 'blocked', cause, target, asked, without, at: blocked };
  }
  return { kind: 'no-path' };
}

/** Yes where the effect is the one asked about, No where it is the other or none; null where it cannot be told. */
export function verdictOf(finding: Finding): Verdict | null {
  if (finding.kind === 'blocked') return 'No';
  if (finding.kind !== 'found' || isUndecided(finding.effect)) return null;
  return finding.effect.direction === finding.asked ? 'Yes' : 'No';
}

/** A thing is a cause of its own change only where nothing else is named. */
function causesOf(causes: readonly Perturbation[], target: Target): Perturbation[] {
  const others = causes.filter(({ node }) => node !== target.node);
  return others.length > 0 ? others : [...causes];
}

/** What the setting holds down: what is lost or inhibited, and what a drug that is given inhibits directly. */
function blockedBy(
  { index, signs }: SignedGraph,
  setting: readonly Perturbation[],
  cause: Perturbation,
  target: Target,
): string[] {
  const start = index.nodeNumber(cause.node);
  const spared = new Set([cause.node, target.node, ...inhibitedBy(index, signs, start)]);
  return setting
    .flatMap(({ node, direction }) =>
      direction === '-' ? [node] : inhibitedBy(index, signs, index.nodeNumber(node)),
    )
    .filter((node) => !spared.has(node));
}

function inhibitedBy(index: GraphIndex, signs: Int8Array, node: number): string[] {
  const { kind } = index.node(node);
  if (kind !== 'compound' && kind !== 'drug') return [];
  return [...edgesOf(index.outgoing, node)].flatMap((edge) =>
    signs[edge] === -1 ? [index.nodeKeys[index.tails[edge] as number] as string] : [],
  );
}

function tripleOf(graph: PathwayGraph, edge: string) {
  return { edge, head: graph.source(edge), tail: graph.target(edge) };
}
