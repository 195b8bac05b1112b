import { compareLogits } from '../../src/endpoint/scheduling/kv-audit.ts';
import { indexOfBest, logProbability } from './logit-rows.ts';

/** How one way of computing logits compares with another, position by position. */
export class Divergence {
  readonly #kl: number[] = [];
  #same = 0;
  /** Sums of minus the natural logarithm of the true token's probability. */
  #loss = 0;
  #exactLoss = 0;

  /** `next` is the token that the text goes on with. */
  add(exact: Float32Array, approximate: Float32Array, next: number): void {
    const { kl, agrees } = compareLogits(exact, approximate);
    this.#kl.push(kl);
    if (agrees) this.#same++;
    this.#exactLoss -= logProbability(exact, indexOfBest(exact), next);
    this.#loss -= logProbability(approximate, indexOfBest(approximate), next);
  }

  /** Natural logarithms; `perplexityRatio` is the approximate over the exact. */
  get figures() {
    const n = this.#kl.length;
    const sorted = this.#kl.toSorted((a, b) => a - b);
    return {
      positions: n,
      perplexity: Math.exp(this.#loss / n),
      fullPerplexity: Math.exp(this.#exactLoss / n),
      perplexityRatio: Math.exp((this.#loss - this.#exactLoss) / n),
      meanKl: sorted.reduce((sum, kl) => sum + kl, 0) / n,
      p99Kl: sorted[Math.min(n - 1, Math.floor(0.99 * n))]!,
      sameBest: this.#same / n,
    };
  }
}

/** One question, answered both ways. */
export interface Pair {
  /** Pairs of one group, as questions about one haystack, may succeed and fail together. */
  group: number;
  full: boolean;
  low: boolean;
}

/**
 * Difference of two paired success rates with its 95 % interval: the wider of Wald's, of independent pairs (-1, 0 or 1
 * each, with half a discordant pair added to each side so that few of them do not make it too sure), and the one whose
 * variance is that between groups (Liang and Zeger 1986).
 */
export function pairedDifference(pairs: readonly Pair[]) {
  const n = pairs.length;
  const gained = pairs.filter(({ full, low }) => low && !full).length;
  const lost = pairs.filter(({ full, low }) => full && !low).length;
  const difference = (gained - lost) / n;
  const discordant = (gained + lost + 1) / n;
  const independent = Math.max(0, discordant - difference ** 2) / n;
  const half = 1.96 * Math.sqrt(Math.max(independent, varianceBetweenGroups(pairs, difference)));
  const groups = new Set(pairs.map(({ group }) => group)).size;
  return { n, groups, gained, lost, difference, lower: difference - half, upper: difference + half };
}

/** Of the mean difference; 0 where one group is all there is. */
function varianceBetweenGroups(pairs: readonly Pair[], mean: number): number {
  const sums = new Map<number, number>();
  for (const { group, full, low } of pairs) {
    sums.set(group, (sums.get(group) ?? 0) + Number(low) - Number(full) - mean);
  }
  if (sums.size < 2) return 0;
  const squares = [...sums.values()].reduce((total, sum) => total + sum ** 2, 0);
  return ((sums.size / (sums.size - 1)) * squares) / pairs.length ** 2;
}
