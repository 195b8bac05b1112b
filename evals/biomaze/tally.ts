import type { Verdict } from '../../src/run.ts';
import type { Question } from './question.ts';

/** What one answered (or failed) sample contributes. */
export interface Scored {
  question: Pick<Question, 'id' | 'inquiry' | 'condition' | 'target' | 'pair'>;
  /** Null for an open question. */
  label: Verdict | null;
  /** In [0, 1]; null for a sample that failed, or whose judge did. */
  score: number | null;
  unparsed: boolean;
}

/** Counts of labels, and of right answers under each. */
export interface Tally {
  yes: number;
  no: number;
  yesRight: number;
  noRight: number;
  /** Questions without a label, whose answers a judge scored. */
  open: number;
  openRight: number;
}

const nothing: Tally = { yes: 0, no: 0, yesRight: 0, noRight: 0, open: 0, openRight: 0 };

/** A failed sample counts as wrong. */
export function tallyOf({ label, score }: Pick<Scored, 'label' | 'score'>): Tally {
  const right = score ?? 0;
  if (label === null) return { ...nothing, open: 1, openRight: right };
  return label === 'Yes' ? { ...nothing, yes: 1, yesRight: right } : { ...nothing, no: 1, noRight: right };
}

export function addUp(tallies: readonly Tally[]): Tally {
  const sum = emptyTally();
  for (const tally of tallies) addTo(sum, tally);
  return sum;
}

export function emptyTally(): Tally {
  return { ...nothing };
}

/** In place: a bootstrap adds up millions. */
export function addTo(sum: Tally, { yes, no, yesRight, noRight, open, openRight }: Tally): void {
  sum.yes += yes;
  sum.no += no;
  sum.yesRight += yesRight;
  sum.noRight += noRight;
  sum.open += open;
  sum.openRight += openRight;
}

export function plainAccuracy({ yes, no, yesRight, noRight, open, openRight }: Tally): number | null {
  const all = yes + no + open;
  return all === 0 ? null : (yesRight + noRight + openRight) / all;
}

/** ½·(right Yes / Yes + right No / No); chance is 0.5 whatever the labels' shares (arXiv 2502.16660, §5.1). */
export function balancedAccuracy({ yes, no, yesRight, noRight }: Tally): number | null {
  return yes === 0 || no === 0 ? null : (yesRight / yes + noRight / no) / 2;
}

/**
 * What is resampled as one: the epochs of a question, and the two questions of a pair, are not independent.
 * In order of their keys: the order in which samples were finished changes nothing.
 */
export function clustersOf<T extends Pick<Scored, 'question'>, C>(
  samples: readonly T[],
  clusterOf: (members: readonly T[]) => C,
): C[] {
  const groups = [...Map.groupBy(samples, clusterKey)].sort(([a], [b]) => (a < b ? -1 : 1));
  return groups.map(([, members]) => clusterOf(members));
}

function clusterKey({ question }: Pick<Scored, 'question'>): string {
  return question.pair === undefined ? `id ${question.id}` : `pair ${question.pair}`;
}
