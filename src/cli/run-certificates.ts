import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeFileWhole } from '../../evals/report/write-file.ts';
import type { RunRecord } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { interruptSignal } from './interrupt.ts';
import { note } from './print.ts';
import type { CertifiedAnswer } from './verify.ts';

/** The answers of a run with their certificates as JSON lines, to a file or stdout; unsupported ones have null. */
export async function writeCertificates(
  store: Store,
  run: RunRecord,
  output: string | undefined,
): Promise<void> {
  const lines = certificateLines(store, run.id);
  if (output === undefined) return pipeline(Readable.from(lines), process.stdout, { end: false });
  await writeFileWhole(output, lines, interruptSignal());
  note(`wrote ${output}; \`pathact verify ${output}\` checks it`);
}

function* certificateLines(store: Store, run: string): Generator<string> {
  for (const { id, epoch, outcome, score } of store.samples.list(run)) {
    if (!outcome || outcome.verdict === null) continue;
    const correct = score === null ? null : score === 1;
    const { certificate = null } = outcome;
    const answer: CertifiedAnswer = { type: 'answer', run, sample: id, epoch, correct, certificate };
    yield `${JSON.stringify(answer)}\n`;
  }
}
