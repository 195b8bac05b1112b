import type { Command } from 'commander';
import { z } from 'zod';
import { MissingError } from '../errors.ts';
import { type Check, checkSchema, runChecks } from './doctor-checks.ts';
import { interruptSignal } from './interrupt.ts';
import { columns, plain, printJson, printLine } from './print.ts';

/** `doctor --json` */
export const doctorReportSchema = z.object({
  /** The main job can run. */
  ready: z.boolean(),
  checks: z.array(checkSchema),
});

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('what is present, what is missing, and how to get it')
    .option('--json', 'one JSON document: ready, checks[] {name, state, found, howToGet}')
    .addHelpText('after', '\nExample:\n  pathact doctor')
    .action(doctor);
}

async function doctor({ json }: { json?: true }): Promise<void> {
  const checks = await runChecks(interruptSignal());
  const missing = checks.filter(({ state }) => state === 'missing');
  const report = { ready: missing.length === 0, checks };
  if (json) printJson(doctorReportSchema.parse(report));
  else printChecks(checks);
  if (report.ready) return;
  throw new MissingError(`missing for the main job: ${missing.map(({ name }) => name).join(', ')}`, {
    hint: missing.map(({ howToGet }) => howToGet).join(' '),
  });
}

const marks: Record<Check['state'], string> = {
  ok: 'ok',
  missing: 'MISSING',
  optional: 'optional',
  warning: 'warning',
};

function printChecks(checks: readonly Check[]): void {
  const rows = checks.map(({ name, state, found }) => [marks[state], name, plain(found)]);
  const lines = columns(rows);
  for (const [index, { howToGet }] of checks.entries()) {
    printLine(lines[index]);
    if (howToGet) printLine(`         → ${plain(howToGet)}`);
  }
}
