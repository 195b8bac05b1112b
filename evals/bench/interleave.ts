import { type Spread, spread } from './measurement.ts';

/** One engine in one setting, ready to be timed again and again. */
export interface Contestant {
  side: 'ours' | 'peer';
  /** Of ours, the keys and values that it attends to. */
  kv: string;
  threads: number;
  /** One run; returns its rate. */
  run(): Promise<number>;
}

export interface Runs {
  runs: number;
  warmUpRuns: number;
  signal: AbortSignal;
  onRun?: (done: number, all: number) => void;
}

export type Timed = Spread & Pick<Contestant, 'side' | 'kv'>;

/**
 * Every run times all contestants one after the other, so that a noisy neighbour meets them alike; only ratios within
 * one call mean anything.
 */
export async function interleave(contestants: readonly Contestant[], options: Runs): Promise<Timed[]> {
  const { runs, warmUpRuns, signal, onRun } = options;
  const rates = contestants.map((): number[] => []);
  for (let run = -warmUpRuns; run < runs; run++) {
    for (const [i, contestant] of contestants.entries()) {
      signal.throwIfAborted();
      const rate = await contestant.run();
      if (run >= 0) rates[i]!.push(rate);
    }
    onRun?.(run + warmUpRuns + 1, runs + warmUpRuns);
  }
  return contestants.map(({ side, kv, threads }, i) => ({ side, kv, ...spread(threads, rates[i]!) }));
}

/** The thread counts of one side. */
export const only = (timed: readonly Timed[], side: Timed['side'], kv?: string): Spread[] =>
  timed
    .filter((each) => each.side === side && (kv === undefined || each.kv === kv))
    .map(({ threads, median, slowest, fastest }) => ({ threads, median, slowest, fastest }));

export async function rateOf(tokens: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (tokens * 1000) / (performance.now() - start);
}
