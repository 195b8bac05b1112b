import { writeFileSync } from 'node:fs';
import { PathactError } from '../errors.ts';
import type { AskSummary } from './answer-summary.ts';

/** Writes the certificate of an answer. Throws where there is none, and where the file cannot be written. */
export function writeCertificate(file: string, { certificate, disagree }: AskSummary): void {
  if (!certificate) {
    throw new PathactError('no certificate was written: the answer is unsupported', {
      hint: disagree
        ? 'The mechanism says otherwise; --method perturbation gives its answer, with a certificate.'
        : 'The evidence holds no path whose signs lead from what is changed to this verdict.',
    });
  }
  try {
    writeFileSync(file, `${JSON.stringify(certificate, null, 2)}\n`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PathactError(`cannot write ${file}: ${reason}`, {
      hint: 'Give --certificate a file in a folder that exists.',
      cause,
    });
  }
}
