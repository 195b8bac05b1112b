import type { AskedParts } from './prompts.ts';

/**
 * The parts of PathSeeker that the paper takes away one by one (arXiv 2502.16660, table 6): only new lines are shown;
 * they come in depth-first order; triples are told as lines of text; there is a search near a line; the answer is
 * reasoned out at the end from the evidence, and not by the navigator.
 */
export const ablatable = [
  'remove-seen',
  'dfs-order',
  'triple-to-text',
  'local-search',
  'final-reasoner',
] as const;
export type Ablation = (typeof ablatable)[number];

/** What the opening says of the parts that are left. */
export function partsAsked(without: ReadonlySet<Ablation>): AskedParts {
  return { localSearch: !without.has('local-search'), onlyNew: !without.has('remove-seen') };
}
