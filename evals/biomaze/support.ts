import { z } from 'zod';
import type { SampleRecord } from '../../src/store/samples.ts';
import { wilsonInterval } from '../harness/wilson.ts';
import { percent, range } from '../report/format.ts';

/** How many answers are supported by a certificate, and how that goes with being correct. */
export const supportSchema = z.object({
  /** Scored samples. */
  n: z.number().int(),
  /** With a verdict. */
  answered: z.number().int(),
  correct: z.number().int(),
  /** With a certificate. */
  supported: z.number().int(),
  correctSupported: z.number().int(),
  correctUnsupported: z.number().int(),
  wrongSupported: z.number().int(),
  /** Share of the answers that have a certificate; null where nothing was answered. */
  coverage: z.number().nullable(),
  coverageInterval: z.object({ low: z.number(), high: z.number() }).nullable(),
  /** Answers beside which the graph's mechanism says something, and those where it says otherwise. */
  compared: z.number().int(),
  disagree: z.number().int(),
});
export type Support = z.infer<typeof supportSchema>;

/** Counts samples one by one. */
export class SupportTally {
  readonly #counts = { n: 0, answered: 0, correct: 0, supported: 0, correctSupported: 0, wrongSupported: 0 };
  readonly #opinions = { compared: 0, disagree: 0 };
  #checked = false;

  add({ outcome, score }: Pick<SampleRecord, 'outcome' | 'score'>): void {
    if (score === null) return;
    this.#counts.n++;
    if (!outcome || outcome.verdict === null) return;
    const { certificate, mechanism, verdict } = outcome;
    this.#checked ||= certificate !== undefined;
    this.#counts.answered++;
    if (score === 1) this.#counts.correct++;
    if (certificate) this.#counts.supported++;
    if (certificate) this.#counts[score === 1 ? 'correctSupported' : 'wrongSupported']++;
    if (mechanism?.verdict) this.#opinions.compared++;
    if (mechanism?.verdict && mechanism.verdict !== verdict) this.#opinions.disagree++;
  }

  /** Undefined where no answer was checked: the method used no graph. */
  result(): Support | undefined {
    if (!this.#checked) return undefined;
    const { answered, supported, correct, correctSupported } = this.#counts;
    return {
      ...{ ...this.#counts, ...this.#opinions, correctUnsupported: correct - correctSupported },
      coverage: answered === 0 ? null : supported / answered,
      coverageInterval: wilsonInterval(supported, answered),
    };
  }
}

/** One line for a terminal or a report. */
export function supportText({
  answered,
  supported,
  coverage,
  correctSupported,
  correctUnsupported,
  ...rest
}: Support): string {
  const { coverageInterval, wrongSupported, compared, disagree } = rest;
  return [
    `Certificates: ${supported} of ${answered} answers, coverage ${percent(coverage)} (95 %: ${range(coverageInterval)}).`,
    `Correct and supported ${correctSupported}, correct but unsupported ${correctUnsupported}, wrong though supported ${wrongSupported}.`,
    `The mechanism says otherwise than ${disagree} of ${compared} answers.`,
  ].join(' ');
}
