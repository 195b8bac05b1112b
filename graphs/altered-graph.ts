import { createHash } from 'node:crypto';
import type { Direction, Sign } from '../src/run.ts';
import type { EdgeAttributes, Evidence, PathwayGraph } from './pathway-graph.ts';
import { opposite } from './perturb/signed-step.ts';

/** How a graph differs from the one that its files hold. */
export interface Alteration {
  /** Keys of edges that are left out. */
  removed?: readonly string[] | undefined;
  /** Keys of edges whose direction is turned: what raised lowers. */
  flipped?: readonly string[] | undefined;
}

/**
 * A copy with some edges left out or turned. Its hash tells it from the original and is the same for the same
 * alteration; its facts hold what was altered. Throws `RangeError` for an edge that the graph does not have.
 */
export function alterGraph(graph: PathwayGraph, { removed = [], flipped = [] }: Alteration): PathwayGraph {
  if (removed.length === 0 && flipped.length === 0) return graph;
  const unknown = [...removed, ...flipped].find((edge) => !graph.hasEdge(edge));
  if (unknown !== undefined) throw new RangeError(`no edge ${unknown} in this graph`);
  const copy = graph.copy() as PathwayGraph;
  for (const edge of new Set(removed)) copy.dropEdge(edge);
  for (const edge of new Set(flipped)) {
    if (copy.hasEdge(edge)) copy.replaceEdgeAttributes(edge, turned(graph.getEdgeAttributes(edge)));
  }
  const altered = { removed: [...new Set(removed)].sort(), flipped: [...new Set(flipped)].sort() };
  const { hash } = graph.getAttributes();
  const newHash = createHash('sha256')
    .update(JSON.stringify([hash, altered]))
    .digest('hex');
  copy.mergeAttributes({ hash: newHash, altered });
  return copy;
}

function turned({ sign, subtypes, evidences, ...rest }: EdgeAttributes): EdgeAttributes {
  return {
    ...rest,
    sign: turnedSign(sign),
    subtypes: subtypes.map(turnedSubtype),
    evidences: evidences.map(
      (evidence): Evidence => ({
        ...evidence,
        sign: turnedSign(evidence.sign),
        subtypes: evidence.subtypes.map(turnedSubtype),
      }),
    ),
  };
}

const isDirection = (sign: Sign): sign is Direction => sign === '+' || sign === '-';
const turnedSign = (sign: Sign): Sign => (isDirection(sign) ? opposite(sign) : sign);

const pairs = [
  ['activation', 'inhibition'],
  ['expression', 'repression'],
  ['activate', 'inhibit'],
] as const;
const turnedWords = new Map<string, string>(pairs.flatMap(([up, down]) => [[up, down], [down, up]] as const)); // biome-ignore format: both ways

/** The words of a line must say what its sign says. */
function turnedSubtype(subtype: string): string {
  return turnedWords.get(subtype) ?? subtype;
}
