import { z } from 'zod';
import { type Finding, findEffect, signedGraphOf, verdictOf } from '../../agents/perturbation/finding.ts';
import { type Reading, readQuestion } from '../../agents/perturbation/read-question.ts';
import { alterGraph } from '../../graphs/altered-graph.ts';
import { type AnonymousGraph, anonymise } from '../../graphs/anonymous-graph.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import type { SignedPath } from '../../graphs/perturb/propagation.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';

export const probeKinds = ['flip', 'remove', 'anonymise'] as const;
export type ProbeKind = (typeof probeKinds)[number];

/**
 * A question asked again on a graph that was changed for it. After `flip` the answer should be the other one, after
 * `remove` there should be none, after `anonymise` it should be the same.
 */
export const probeSchema = z.object({
  kind: z.enum(probeKinds),
  /** The id of the question as it was. */
  of: z.string(),
  /** Keys of the edges that were turned or left out. */
  edges: z.array(z.string()),
});
export type Probe = z.infer<typeof probeSchema>;

interface Askable {
  readonly id: string;
  readonly question: string;
  readonly probe?: Probe | undefined;
}

/** Changed graphs, made when a probed question is asked. The last few are kept: epochs ask them again. */
export class Probes {
  readonly kind: ProbeKind;
  readonly #search: PathwaySearch;
  #anonymous: { graph: AnonymousGraph; search: PathwaySearch } | undefined;

  constructor(kind: ProbeKind, search: PathwaySearch) {
    this.kind = kind;
    this.#search = search;
  }

  /** The question and its probe; nothing where signed propagation finds no answer that a change could turn. */
  pairOf<Q extends Askable>(question: Q): [Q, Q] | [] {
    const { graph } = this.#search;
    const reading = readQuestion(question.question, this.#search);
    const finding = findEffect(graph, reading);
    if (finding.kind !== 'found' || verdictOf(finding) === null) return [];
    const edges = this.#edgesFor(graph, reading, finding);
    if (edges === undefined) return [];
    const probe: Probe = { kind: this.kind, of: question.id, edges };
    const text =
      this.kind === 'anonymise' ? this.#named().graph.rename(question.question) : question.question;
    return [question, { ...question, id: `${question.id}~${this.kind}`, question: text, probe }];
  }

  /** The graph to ask a question on. */
  searchFor({ probe }: Askable): PathwaySearch {
    if (!probe) return this.#search;
    if (probe.kind === 'anonymise') return this.#named().search;
    const change = probe.kind === 'flip' ? { flipped: probe.edges } : { removed: probe.edges };
    return createSearch(alterGraph(this.#search.graph, change), {
      mode: this.#search.mode,
      scoring: this.#search.scoring,
    });
  }

  #edgesFor(graph: PathwayGraph, reading: Reading, finding: Found): string[] | undefined {
    if (this.kind === 'anonymise') return [];
    return this.kind === 'flip'
      ? flippingEdges(graph, reading, finding)
      : cuttingEdges(graph, reading, finding);
  }

  #named(): { graph: AnonymousGraph; search: PathwaySearch } {
    if (!this.#anonymous) {
      const graph = anonymise(this.#search.graph, this.#search.names);
      this.#anonymous = {
        graph,
        search: createSearch(graph.graph, { mode: this.#search.mode, scoring: this.#search.scoring }),
      };
    }
    return this.#anonymous;
  }
}

type Found = Extract<Finding, { kind: 'found' }>;

/** More edges than this are no single decision any more. */
const mostFlips = 6;
const mostCuts = 24;

/** One edge of the path that alone turns the effect, the last such; else the last ones of all paths that take over. */
function flippingEdges(graph: PathwayGraph, reading: Reading, first: Found): string[] | undefined {
  const asked = only(reading, first);
  const withFlipped = (flipped: readonly number[]) =>
    findEffect(graph, asked, { signed: signedGraphOf(graph).withSigns({ flipped }) });
  const turns = (finding: Finding) => ![null, verdictOf(first)].includes(verdictOf(finding));
  const alone = signedEdges(graph, first.effect.path).findLast((edge) => turns(withFlipped([edge])));
  if (alone !== undefined) return keysOf(graph, [alone]);
  const flipped: number[] = [];
  let finding: Finding = first;
  while (finding.kind === 'found' && flipped.length < mostFlips) {
    // Of two opposite effects the one that is still as before has to be turned.
    const { direction, path, opposing } = finding.effect;
    const unturned = direction === first.effect.direction ? path : (opposing ?? path);
    const edge = signedEdges(graph, unturned).findLast((one) => !flipped.includes(one));
    if (edge === undefined) return undefined;
    flipped.push(edge);
    finding = withFlipped(flipped);
    if (turns(finding)) return keysOf(graph, flipped);
  }
  return undefined;
}

/** The last signed edge of the path, and of every path that takes over, until none is left. */
function cuttingEdges(graph: PathwayGraph, reading: Reading, first: Found): string[] | undefined {
  const removed: number[] = [];
  let finding: Finding = first;
  while (finding.kind === 'found') {
    const edge = signedEdges(graph, finding.effect.path).at(-1);
    if (edge === undefined || removed.length >= mostCuts) return undefined;
    removed.push(edge);
    const signed = signedGraphOf(graph).withSigns({ removed });
    finding = findEffect(graph, only(reading, first), { signed });
  }
  return keysOf(graph, removed);
}

/** The reading that was answered, and no other. */
function only(reading: Reading, { cause, target, asked }: Found): Reading {
  return { ...reading, causes: [cause], asked: { target, direction: asked } };
}

/** The path's edges that have a sign, by number. */
function signedEdges(graph: PathwayGraph, { steps }: SignedPath): number[] {
  const { index } = signedGraphOf(graph);
  return steps.flatMap(({ edge }) => (index.isMembership(edge) ? [] : [edge]));
}

function keysOf(graph: PathwayGraph, edges: readonly number[]): string[] {
  return edges.map((edge) => signedGraphOf(graph).index.edgeKeys[edge] as string);
}
