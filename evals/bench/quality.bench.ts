import { z } from 'zod';
import { FETCHED_POSITIONS, type LowBitOptions } from '../../src/engine/engine.ts';
import { type LongText, readLongTexts } from './long-texts.ts';
import type { Subject } from './measurement.ts';
import { measureNeedles } from './needle.ts';
import { measurePerplexity } from './perplexity.ts';

const common = {
  type: z.literal('measurement'),
  bench: z.literal('quality'),
  model: z.string(),
  quantisation: z.string(),
  simd: z.string(),
  bits: z.number().int(),
  /** 0 is KIVI (arXiv 2402.02750) with our residual rule, at the same bytes. */
  fetch: z.number().int(),
  texts: z.array(z.string()),
  met: z.boolean().nullable(),
};

/** Lines of `bench quality --json`. `full` is attention to all keys and values in f16. */
export const qualitySchema = z.discriminatedUnion('what', [
  z.object({
    ...common,
    what: z.literal('perplexity'),
    windows: z.number().int(),
    from: z.number().int(),
    to: z.number().int(),
    /** In all windows. */
    positions: z.number().int(),
    perplexity: z.number(),
    fullPerplexity: z.number(),
    perplexityRatio: z.number(),
    /** Of full from low-bit, nats. */
    meanKl: z.number(),
    p99Kl: z.number(),
    /** Share of positions where both find the same token best. */
    sameBest: z.number(),
    ratioBar: z.number().nullable(),
    klBar: z.number().nullable(),
  }),
  z.object({
    ...common,
    what: z.literal('needle'),
    kind: z.enum(['all', 'single', 'multi-key', 'multi-value']),
    seed: z.number().int(),
    /** Paired trials, and the haystacks that they ask about. */
    n: z.number().int(),
    groups: z.number().int(),
    fullRate: z.number(),
    lowRate: z.number(),
    /** Found by low-bit alone, and by full alone. */
    gained: z.number().int(),
    lost: z.number().int(),
    /** Low-bit minus full, with its 95 % interval. */
    difference: z.number(),
    lower: z.number(),
    upper: z.number(),
    lowerBar: z.number().nullable(),
  }),
]);
export type Quality = z.infer<typeof qualitySchema>;

export interface QualityOptions {
  subject: Subject;
  threads?: number | undefined;
  textFiles: readonly string[];
  windows: number;
  /** Positions [from, to) are compared. */
  from: number;
  to: number;
  trials: number;
  seed: number;
  /** Also two bits with the paper's 64 positions and without fetching, and one bit. */
  variants: boolean;
  signal: AbortSignal;
  note: (text: string) => void;
}

const standard: LowBitOptions = { bits: 2, fetch: FETCHED_POSITIONS };
const variants: readonly LowBitOptions[] = [
  { bits: 2, fetch: 64 },
  { bits: 2, fetch: 0 },
  { bits: 1, fetch: FETCHED_POSITIONS },
];
const bars = { ratio: 1.01, kl: 0.01, lower: -0.02, fullFinds: 0.5, trials: 600 } as const;

/** What low-bit keys and values cost against full ones. Bars are for two bits with what is fetched by default. */
export async function* benchQuality(options: QualityOptions): AsyncGenerator<Quality> {
  const texts = readLongTexts(options.textFiles);
  const modes = options.variants ? [standard, ...variants] : [standard];
  for (const lowBit of modes) {
    if (options.windows > 0) yield await perplexityLine(options, texts, lowBit);
  }
  for (const lowBit of modes) {
    if (options.trials > 0) yield* needleLines(options, texts, lowBit);
  }
}

const about = ({ subject }: QualityOptions, texts: readonly LongText[], { bits, fetch }: LowBitOptions) => ({
  type: 'measurement' as const,
  bench: 'quality' as const,
  model: subject.facts.name,
  quantisation: subject.facts.quantisation,
  simd: subject.simd,
  bits,
  fetch,
  texts: texts.map(({ name }) => name),
});

async function perplexityLine(
  options: QualityOptions,
  texts: readonly LongText[],
  lowBit: LowBitOptions,
): Promise<Quality> {
  const { subject, threads, windows, from, to, signal, note } = options;
  const measured = { modelFile: subject.file, threads, texts, windows, from, to, lowBit, signal, note };
  const figures = await measurePerplexity(measured);
  const isStandard = lowBit === standard;
  const met = isStandard ? figures.perplexityRatio <= bars.ratio && figures.meanKl <= bars.kl : null;
  const set = isStandard ? { ratioBar: bars.ratio, klBar: bars.kl } : { ratioBar: null, klBar: null };
  const line = { what: 'perplexity' as const, windows, from, to, ...figures, ...set, met };
  return { ...about(options, texts, lowBit), ...line };
}

async function* needleLines(
  options: QualityOptions,
  texts: readonly LongText[],
  lowBit: LowBitOptions,
): AsyncGenerator<Quality> {
  const { subject, threads, seed, trials, signal, note } = options;
  const measured = { modelFile: subject.file, threads, texts, seed, trials, lowBit, signal, note };
  for (const rates of await measureNeedles(measured)) {
    const isBarred = lowBit === standard && rates.kind === 'all';
    // The charter asks for enough trials, and where full keys and values find half at least.
    const counts = isBarred && rates.n >= bars.trials && rates.fullRate >= bars.fullFinds;
    const met = counts ? rates.lower >= bars.lower : null;
    const line = { what: 'needle' as const, seed, ...rates, lowerBar: isBarred ? bars.lower : null, met };
    yield { ...about(options, texts, lowBit), ...line };
  }
}
