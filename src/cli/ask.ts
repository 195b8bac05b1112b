import { type Command, Option } from 'commander';
import { runAgent } from '../../agents/loop.ts';
import { pathSeekerAgent } from '../../agents/pathseeker/path-seeker.ts';
import { perturbationAgent } from '../../agents/perturbation/perturbation-agent.ts';
import { withSecondOpinion } from '../../agents/perturbation/second-opinion.ts';
import { type AnswerKind, kindOfQuestion, type Question } from '../../agents/question.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import { resolveSettings, type Settings } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { ChatModel } from '../model/chat-model.ts';
import type { RunEvent } from '../run.ts';
import { writeCertificate } from './answer-certificate.ts';
import { writePicture } from './answer-picture.ts';
import { type AnswerFacts, AnswerRecord } from './answer-record.ts';
import { openModel, openSearch, withoutModel } from './answer-setup.ts';
import { askSummarySchema } from './answer-summary.ts';
import { answerText, eventText, headText } from './answer-text.ts';
import { interruptSignal } from './interrupt.ts';
import { printJsonLine, printLine } from './print.ts';

interface Flags extends Partial<Record<keyof Settings, string>> {
  judge?: true;
  open?: true;
  compat?: true;
  json?: true;
  svg?: string;
  certificate?: string;
  method?: AskMethod;
}

type AskMethod = 'pathseeker' | 'perturbation';

const MAX_QUESTION = 8000;

const example = `
Examples:
  pathact ask "Does loss of PTEN raise AKT activity?"
  pathact ask "How does rapamycin act on protein synthesis?" --svg evidence.svg
  pathact ask "Does loss of PTEN raise AKT activity?" --method perturbation --certificate answer.json
  pathact ask "Does IL-6 activate STAT3?" --base-url http://127.0.0.1:8000/v1 --model my-model --json

A question that starts like a yes/no question (Does, Is, Will, …) is answered Yes or No; others in a sentence.
"I can't tell" is the answer where the evidence found does not connect the entities that the question names.
Beside the answer stands what signed propagation over the graph says, and whether the two agree; with
--method perturbation it answers alone, without a model.
With --json each event of the run is one line, and {"type":"summary",…} the last.`;

export function registerAsk(program: Command): void {
  program
    .command('ask')
    .description('answer one pathway question with PathSeeker, showing every step and the evidence')
    .argument('<question>', 'in plain words, with gene, compound or process names')
    .option('--judge', 'answer Yes or No, however the question starts')
    .option('--open', 'answer in a sentence, however the question starts')
    .option('--graph <name|file>', 'pathway graph (default: curated)')
    .option('--base-url <url>', 'an OpenAI-compatible endpoint; without it our own is started')
    .option('--model <name>', 'model of the endpoint, or one of `pathact models list`')
    .option('--max-steps <n>', 'replies of the model before it must answer (default: 20)')
    .option('--scoring <how>', 'tfidf, as in the paper, or hybrid: also by names alike (default: tfidf)')
    .option('--seed <n>', 'seed of every reply (default: 0)')
    .option(
      '--compat',
      "follow the paper's reference code: the model moves first, temperature 0.7 at the end",
    )
    .option('--json', 'one JSON object a line: the events, then a summary')
    .option('--svg <file>', 'write a picture of the evidence')
    .option(
      '--certificate <file>',
      'write why the verdict follows from the evidence; `pathact verify` checks it',
    )
    .addOption(
      new Option('--method <name>', 'a model on the graph, or signed propagation alone')
        .choices(['pathseeker', 'perturbation'])
        .default('pathseeker'),
    )
    .addHelpText('after', example)
    .action(ask);
}

async function ask(text: string, flags: Flags): Promise<void> {
  const question = questionOf(text, flags);
  const { graph, baseUrl, model, maxSteps, seed, scoring } = flags;
  const { settings } = resolveSettings({ graph, baseUrl, model, maxSteps, seed, scoring });
  const compat = flags.compat ?? false;
  const signal = interruptSignal();
  const search = await openSearch(settings, { compat }, signal);
  const opened = flags.method === 'perturbation' ? withoutModel() : await openModel(settings, signal);
  try {
    const { seed, maxSteps } = settings;
    await answerQuestion(question, { search, model: opened.model, seed, maxSteps, compat, signal }, flags);
  } finally {
    await opened.close();
  }
}

export interface AnswerOptions {
  search: PathwaySearch;
  model: ChatModel;
  seed: number;
  maxSteps: number;
  compat: boolean;
  signal: AbortSignal;
}

/** One PathSeeker answer on stdout, step by step. Throws what the model's endpoint throws, and on abort. */
export async function answerQuestion(
  question: Question,
  { search, model, signal, ...settings }: AnswerOptions,
  output: Output = {},
): Promise<void> {
  const facts = { question, search, model: model.name, served: await model.served(signal), settings };
  const alone = output.method === 'perturbation';
  const agent = alone ? perturbationAgent(question, search) : pathSeekerAgent(question, { search });
  const options = { model, signal, ...settings, ...(alone && { maxSteps: 0 }) };
  await tell(withSecondOpinion(runAgent(agent, options), question, search), facts, output);
}

/** How an answer is told, and what is written beside. */
type Output = Pick<Flags, 'json' | 'svg' | 'certificate' | 'method'>;

/** Prints the run while it goes; an interrupted one ends with what was found so far. */
async function tell(
  run: AsyncIterable<RunEvent>,
  facts: AnswerFacts,
  { json, svg, certificate }: Output,
): Promise<void> {
  const record = new AnswerRecord(facts);
  if (!json) printLines(headText(record.summary()));
  const finish = () => {
    const summary = record.summary();
    if (json) printJsonLine(askSummarySchema.parse(summary));
    else if (summary.stop !== null || summary.evidence.length > 0) printLines(answerText(summary));
    if (svg !== undefined) writePicture(svg, facts.search, summary);
  };
  try {
    for await (const event of run) {
      record.follow(event);
      if (json) printJsonLine(event);
      else printLines(eventText(event));
    }
  } catch (error) {
    record.stoppedBy(error);
    finish();
    throw error;
  }
  finish();
  if (certificate !== undefined) writeCertificate(certificate, record.summary());
}

function questionOf(text: string, { judge, open }: Flags): Question {
  if (judge && open) throw new UsageError('--judge and --open exclude each other');
  const asked = text.trim();
  if (asked === '')
    throw new UsageError('the question is empty', { hint: 'pathact ask "Does PTEN inhibit AKT?"' });
  if (asked.length > MAX_QUESTION)
    throw new UsageError(`the question has ${asked.length} characters; ${MAX_QUESTION} are allowed`);
  const kind: AnswerKind = judge ? 'judge' : open ? 'open' : kindOfQuestion(asked);
  return { text: asked, kind };
}

function printLines(lines: readonly string[]): void {
  for (const line of lines) printLine(line);
}
