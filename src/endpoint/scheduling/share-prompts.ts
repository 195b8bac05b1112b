import { KV_BLOCK_TOKENS } from '../../engine/engine.ts';
import type { Lane } from './lane.ts';
import { commonPrefix, type PrefixTree } from './prefix-tree.ts';
import type { StepTime } from './step-time.ts';

/** Tokens that the prompt which came first gets in any step, however slow the machine. */
const FEWEST_TOKENS = 16;

/**
 * How many tokens of which prompts to compute in a step that may take about `ms`; `lanes` are in the order in which
 * they came. Half of the time goes to the first, the rest to the shortest, so that neither waits for long. `most`
 * tokens in all.
 */
export function sharePrompts(
  lanes: readonly Lane[],
  ms: number,
  time: StepTime,
  tree: PrefixTree,
  most: number,
): Map<Lane, number> {
  const sizes = new Map<Lane, number>();
  const [oldest] = lanes;
  if (!oldest) return sizes;
  let room = most;
  const give = (lane: Lane, share: number): number => {
    const had = sizes.get(lane) ?? 0;
    const depth = lane.sequence.length + had;
    const least = lane === oldest && had === 0 ? FEWEST_TOKENS : 0;
    const size = Math.min(lane.prefillable - had, Math.max(least, time.tokensWithin(share, depth)), room);
    if (size > 0) sizes.set(lane, had + size);
    room -= size;
    return time.prefillMs(size, depth);
  };
  let left = ms - give(oldest, ms / 2);
  for (const lane of lanes.toSorted((a, b) => a.pending - b.pending)) {
    if (left <= 0 || room <= 0) break;
    if (!awaitsPrefix(lane, lanes, tree)) left -= give(lane, left);
  }
  return sizes;
}

/** True while a prompt that came earlier is about to compute what both begin with. */
function awaitsPrefix(lane: Lane, lanes: readonly Lane[], tree: PrefixTree): boolean {
  if (lane.hasBegun || tree.budgetBytes === 0) return false;
  const { tokens } = lane.job;
  const there = tree.measure(tokens) + KV_BLOCK_TOKENS;
  return lanes.slice(0, lanes.indexOf(lane)).some(({ job, length }) => {
    const common = Math.min(commonPrefix(job.tokens, tokens, 0), job.request.indexable ?? job.promptLength);
    return common >= there && length < common;
  });
}
