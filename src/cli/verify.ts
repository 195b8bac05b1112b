import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { signedGraphOf } from '../../agents/perturbation/finding.ts';
import { tellsOf } from '../../agents/perturbation/second-opinion.ts';
import { alterGraph } from '../../graphs/altered-graph.ts';
import { rejections, verifyCertificate } from '../../graphs/certificate/verify.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { NameIndex } from '../../graphs/resolve-names.ts';
import { MalformedFileError, MissingError, PathactError } from '../errors.ts';
import { type Certificate, certificateSchema } from '../run.ts';
import { curatedName, openGraph } from './graph-source.ts';
import { interruptSignal } from './interrupt.ts';
import { plain, printJson, printLine } from './print.ts';

/** A line of `runs certificates`: an answer of a run with its certificate, or null where it is unsupported. */
export const certifiedAnswerSchema = z.object({
  type: z.literal('answer'),
  run: z.string(),
  sample: z.string(),
  epoch: z.number().int(),
  correct: z.boolean().nullable(),
  certificate: certificateSchema.nullable(),
});
export type CertifiedAnswer = z.infer<typeof certifiedAnswerSchema>;

const reasonSchema = z.enum([...rejections, 'malformed', 'question-misread']);
type Reason = z.infer<typeof reasonSchema>;

/** `verify FILE --json` */
export const verifyReportSchema = z.object({
  file: z.string(),
  graph: z.string(),
  /** Answers in the file, with a certificate or without. */
  answers: z.number().int(),
  certificates: z.number().int(),
  accepted: z.number().int(),
  rejected: z.number().int(),
  /** Accepted certificates by answers. */
  coverage: z.number().nullable(),
  /** Of a run's answers; null for a file that does not say which are correct. */
  correct: z.number().int().nullable(),
  correctSupported: z.number().int().nullable(),
  correctUnsupported: z.number().int().nullable(),
  results: z.array(
    z.object({
      sample: z.string().nullable(),
      question: z.string(),
      ok: z.boolean(),
      reason: reasonSchema.nullable(),
      detail: z.string().nullable(),
    }),
  ),
});
type VerifyReport = z.infer<typeof verifyReportSchema>;
type Result = VerifyReport['results'][number];

const example = `
Examples:
  pathact ask "Does loss of PTEN raise AKT activity?" --certificate answer.json
  pathact verify answer.json
  pathact runs certificates latest --output run.jsonl
  pathact verify run.jsonl --json

Exit code 0 where every certificate is accepted, 1 where one is rejected. No model is asked.`;

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('check the certificates of answers against the graph, without a model')
    .argument('<file>', 'a certificate, or JSON lines of certificates')
    .option('--graph <name|file>', 'the graph they were made on', curatedName)
    .option('--json', 'one JSON document: counts and results[]')
    .addHelpText('after', example)
    .action(verify);
}

async function verify(file: string, { graph, json }: { graph: string; json?: true }): Promise<void> {
  const answers = readAnswers(file);
  const checker = new Checker(await openGraph(graph, interruptSignal()));
  const results = answers.flatMap((answer) => checker.check(answer));
  const report = reportOf(file, graph, answers, results);
  if (json) printJson(verifyReportSchema.parse(report));
  else for (const line of reportText(report)) printLine(line);
  if (report.rejected > 0) {
    throw new PathactError(`${report.rejected} of ${report.certificates} certificates are rejected`);
  }
}

interface Answer {
  sample: string | null;
  correct: boolean | null;
  /** Undefined where it cannot be read. */
  certificate: Certificate | null | undefined;
  fault: string;
}

/** One certificate, or one JSON object a line. Throws where the file holds neither. */
function readAnswers(file: string): Answer[] {
  const text = readText(file);
  const whole = parsed(text);
  const values =
    whole === undefined
      ? text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map(parsed)
      : [whole];
  if (values.length === 0) throw new MalformedFileError(`${file} holds no certificate`);
  return values.map(readAnswer);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MissingError(`cannot read ${file}`, {
      hint: 'Write one with `pathact ask --certificate FILE` or `pathact runs certificates`.',
      cause,
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readAnswer(value: unknown): Answer {
  const answer = certifiedAnswerSchema.safeParse(value);
  if (answer.success) {
    const { sample: id, epoch, correct, certificate } = answer.data;
    return { sample: epoch === 1 ? id : `${id}, epoch ${epoch}`, correct, certificate, fault: '' };
  }
  const certificate = certificateSchema.safeParse(value);
  if (certificate.success) return { sample: null, correct: null, certificate: certificate.data, fault: '' };
  const fault = z.prettifyError(certificate.error).split('\n')[0] ?? 'it cannot be read';
  return { sample: null, correct: null, certificate: undefined, fault };
}

/** Checks certificates on one graph, and on what it becomes without the edges that a question set leaves out. */
class Checker {
  readonly #graph: PathwayGraph;
  readonly #names: NameIndex;
  readonly #altered = new Map<string, PathwayGraph>();

  constructor(graph: PathwayGraph) {
    this.#graph = graph;
    this.#names = new NameIndex(graph);
  }

  check({ sample, certificate, fault }: Answer): Result[] {
    if (certificate === null) return [];
    if (certificate === undefined)
      return [{ sample, question: '', ok: false, reason: 'malformed', detail: fault }];
    const { question } = certificate;
    const { reason, detail } = this.#fault(certificate);
    return [{ sample, question, ok: reason === null, reason, detail }];
  }

  #fault(certificate: Certificate): { reason: Reason | null; detail: string | null } {
    const graph = this.#graphOf(certificate);
    if (!graph)
      return { reason: 'graph-changed', detail: 'it leaves out edges that this graph does not have' };
    const verified = verifyCertificate(signedGraphOf(graph), certificate);
    if (!verified.ok) return verified;
    if (tellsOf(certificate, { graph, names: this.#names })) return { reason: null, detail: null };
    return { reason: 'question-misread', detail: 'the question does not ask what the certificate answers' };
  }

  #graphOf({ graph: { removed, flipped } }: Certificate): PathwayGraph | undefined {
    const key = JSON.stringify([removed, flipped]);
    const known = this.#altered.get(key);
    if (known) return known;
    if ([...(removed ?? []), ...(flipped ?? [])].some((edge) => !this.#graph.hasEdge(edge))) return undefined;
    const graph = alterGraph(this.#graph, { removed, flipped });
    this.#altered.set(key, graph);
    return graph;
  }
}

function reportOf(file: string, graph: string, answers: readonly Answer[], results: Result[]): VerifyReport {
  const accepted = results.filter(({ ok }) => ok);
  const bySample = new Set(accepted.map(({ sample }) => sample));
  const right = answers.filter(({ correct }) => correct === true);
  const isRun = answers.some(({ correct }) => correct !== null);
  const supported = right.filter(({ sample }) => bySample.has(sample)).length;
  return {
    ...{ file, graph, answers: answers.length, certificates: results.length },
    ...{ accepted: accepted.length, rejected: results.length - accepted.length },
    coverage: answers.length === 0 ? null : accepted.length / answers.length,
    correct: isRun ? right.length : null,
    correctSupported: isRun ? supported : null,
    correctUnsupported: isRun ? right.length - supported : null,
    results,
  };
}

function reportText(report: VerifyReport): string[] {
  const { answers, certificates, accepted, coverage, correct, correctSupported, correctUnsupported } = report;
  const alone = answers === 1 ? report.results[0] : undefined;
  const told = report.results.flatMap(({ sample, question, reason, detail, ok }) =>
    ok && !alone
      ? []
      : [
          `${ok ? 'accepted' : `rejected, ${reason}`}: ${plain(sample ?? question)}${detail ? ` (${plain(detail)})` : ''}`,
        ],
  );
  const share = coverage === null ? '' : `, coverage ${(100 * coverage).toFixed(1)} %`;
  return [
    ...told,
    `${accepted} of ${certificates} certificates accepted; ${answers} answers${share}`,
    ...(correct === null
      ? []
      : [`correct ${correct}: supported ${correctSupported}, unsupported ${correctUnsupported}`]),
  ];
}
