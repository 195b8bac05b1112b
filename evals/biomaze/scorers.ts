import type { Verdict } from '../../src/run.ts';

/** Stored with every score: a change of rule is a new version. */
export const trueFalseScorer = 'biomaze-truefalse-1';
export const openEndedScorer = 'none';

/**
 * 1 if the verdict equals the label, letter for letter, else 0; a list of verdicts scores the mean (BioMaze).
 * No verdict is wrong for either label.
 */
export function scoreVerdict(verdict: string | readonly (string | null)[] | null, label: Verdict): number {
  if (verdict === null || typeof verdict === 'string') return verdict === label ? 1 : 0;
  if (verdict.length === 0) return 0;
  return verdict.filter((one) => one === label).length / verdict.length;
}
