import { z } from 'zod';
import type { AnswerOutcome, Verdict } from '../../src/run.ts';
import type { SampleRecord } from '../../src/store/samples.ts';
import { wilsonInterval } from '../harness/wilson.ts';
import { percent, range } from '../report/format.ts';
import { type ProbeKind, probeKinds } from './probe.ts';
import { questionSchema } from './question.ts';

/** How often the answer changed as the graph did. */
export const probeTableSchema = z.object({
  kind: z.enum(probeKinds),
  /** Questions with an answer before the change, epochs counted. */
  n: z.number().int(),
  /** Asked too, but without an answer to begin with, or failed. */
  unanswered: z.number().int(),
  /** After the change: the same verdict, the other one, none. */
  same: z.number().int(),
  opposite: z.number().int(),
  none: z.number().int(),
  /** Changed (or stayed) as it should. */
  followed: z.number().int(),
  share: z.number().nullable(),
  interval: z.object({ low: z.number(), high: z.number() }).nullable(),
});
export type ProbeTable = z.infer<typeof probeTableSchema>;

const wanted: Record<ProbeKind, 'same' | 'opposite' | 'none'> = {
  flip: 'opposite',
  remove: 'none',
  anonymise: 'same',
};

/** Undefined where no question was probed. */
export function probeTable(records: Iterable<SampleRecord>): ProbeTable | undefined {
  const originals = new Map<string, Verdict | null>();
  const probed: { of: string; kind: ProbeKind; verdict: Verdict | null }[] = [];
  for (const { id, epoch, input, outcome } of records) {
    const { probe } = questionSchema.parse(input);
    const verdict = outcome ? givenVerdict(outcome) : null;
    if (probe) probed.push({ of: `${epoch} ${probe.of}`, kind: probe.kind, verdict });
    else originals.set(`${epoch} ${id}`, verdict);
  }
  const [first] = probed;
  return first && tableOf(first.kind, originals, probed);
}

function tableOf(
  kind: ProbeKind,
  originals: ReadonlyMap<string, Verdict | null>,
  probed: readonly { of: string; verdict: Verdict | null }[],
): ProbeTable {
  const counts = { same: 0, opposite: 0, none: 0 };
  let unanswered = 0;
  for (const { of, verdict } of probed) {
    const before = originals.get(of) ?? null;
    if (before === null) unanswered++;
    else counts[verdict === null ? 'none' : verdict === before ? 'same' : 'opposite']++;
  }
  const n = counts.same + counts.opposite + counts.none;
  const followed = counts[wanted[kind]];
  const share = n === 0 ? null : followed / n;
  return { kind, n, unanswered, ...counts, followed, share, interval: wilsonInterval(followed, n) };
}

/** None where the evidence does not connect what the question names: then `ask` says that it can't tell. */
function givenVerdict({ verdict, connected }: AnswerOutcome): Verdict | null {
  return connected === false ? null : verdict;
}

const meaning: Record<ProbeKind, string> = {
  flip: 'the deciding edge turned: the answer should turn',
  remove: 'the deciding edges left out: there should be no answer',
  anonymise: 'names made up: the answer should stay',
};

/** The table as lines of text. */
export function probeText({ kind, share, interval, ...counts }: ProbeTable): string[] {
  const { n, unanswered, same, opposite, none } = counts;
  return [
    `Probe ${kind} (${meaning[kind]})`,
    `  followed ${percent(share)} (n = ${n}, 95 %: ${range(interval)}): same ${same}, opposite ${opposite}, none ${none}; ${unanswered} had no answer before`,
  ];
}
