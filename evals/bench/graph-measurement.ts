import { cpus, loadavg } from 'node:os';
import { z } from 'zod';

/**
 * One JSON line of `bench graph --json`. `ours` and `peer` are medians; `ratio` is ours over the peer's for times, and
 * the share that agrees for results.
 */
export const graphMeasurementSchema = z.object({
  type: z.literal('measurement'),
  bench: z.literal('graph'),
  graph: z.string(),
  nodes: z.number().int(),
  edges: z.number().int(),
  what: z.string(),
  unit: z.enum(['ms', 'results']),
  ours: z.number(),
  peer: z.number().nullable(),
  /** What `peer` is. */
  against: z.string(),
  ratio: z.number().nullable(),
  /** What the charter asks, of `ours` or of `ratio`; null where it asks nothing. */
  bar: z
    .object({ of: z.enum(['ours', 'ratio']), limit: z.number(), better: z.enum(['less', 'more']) })
    .nullable(),
  met: z.boolean().nullable(),
  least: z.number(),
  most: z.number(),
  /** Single measurements behind `ours`. */
  runs: z.number().int(),
  /** Other figures of the same runs. */
  beside: z.record(z.string(), z.number()),
  machine: z.object({ cpu: z.string(), cores: z.number().int(), load: z.number() }),
});
export type GraphMeasurement = z.infer<typeof graphMeasurementSchema>;

export interface GraphSubject {
  graph: string;
  nodes: number;
  edges: number;
}

export interface GraphRow {
  what: string;
  unit?: GraphMeasurement['unit'];
  /** Every single figure; their median is told. */
  ours: readonly number[];
  peer?: readonly number[] | undefined;
  against?: string;
  /** Where it is not the medians' ratio. */
  ratio?: number | undefined;
  bar?: GraphMeasurement['bar'];
  beside?: Record<string, number>;
}

export function graphMeasurement(subject: GraphSubject, row: GraphRow): GraphMeasurement {
  const { what, unit = 'ms', against = '', bar = null, beside = {} } = row;
  const ours = median(row.ours);
  const peer = row.peer === undefined || row.peer.length === 0 ? null : median(row.peer);
  const ratio = row.ratio ?? (peer === null ? null : ours / peer);
  const judged = bar?.of === 'ratio' ? ratio : ours;
  const met =
    bar === null || judged === null
      ? null
      : bar.better === 'less'
        ? judged <= bar.limit
        : judged >= bar.limit;
  return {
    ...{ type: 'measurement', bench: 'graph', ...subject, what, unit },
    ...{ ours, peer, against, ratio, bar, met },
    least: Math.min(...row.ours),
    most: Math.max(...row.ours),
    runs: row.ours.length,
    beside,
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, load: loadavg()[0] as number },
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
