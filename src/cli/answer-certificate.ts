import { PathactError } from '../errors.ts';
import type { AskSummary } from './answer-summary.ts';
import { writeOutput } from './write-output.ts';

/** Writes the certificate of an answer. Throws where there is none, and where the file cannot be written. */
export function writeCertificate(file: string, { certificate, disagree }: AskSummary): void {
  if (!certificate) {
    throw new PathactError('no certificate was written: the answer is unsupported', {
      hint: disagree
        ? 'The mechanism says otherwise; --method perturbation gives its answer, with a certificate.'
        : 'The evidence holds no path whose signs lead from what is changed to this verdict.',
    });
  }
  writeOutput(file, `${JSON.stringify(certificate, null, 2)}\n`, '--certificate');
}
