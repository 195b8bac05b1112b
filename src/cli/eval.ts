import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadDataset } from '../../evals/biomaze/dataset.ts';
import type { KvCheck } from '../../evals/biomaze/kv-check.ts';
import { type MethodName, methodNames, needsGraph } from '../../evals/biomaze/methods.ts';
import type { Split } from '../../evals/biomaze/question.ts';
import { bioMazeTask } from '../../evals/biomaze/task.ts';
import { kvCheckText, percent } from '../../evals/report/format.ts';
import { resolveSettings, type Settings } from '../config.ts';
import { InterruptedError, ThresholdMissedError, UsageError } from '../errors.ts';
import { isSmokeScale } from '../model/chat-model.ts';
import { type OpenModel, openModel, openSearch } from './answer-setup.ts';
import { interruptSignal } from './interrupt.ts';
import { checkKv } from './kv-check.ts';
import { note, printLine } from './print.ts';
import { type BioMazeEnding, openUserStore, runBioMaze } from './run-biomaze.ts';
import { scoreText, smokeScaleNote } from './score-text.ts';

interface Flags extends Partial<Record<keyof Settings, string>> {
  data: string;
  method: MethodName;
  split: Split;
  limit?: number;
  sampleIds?: string[];
  epochs: number;
  concurrency: number;
  shots: string;
  compat?: true;
  resume?: string | true;
  minScore?: number;
  kvCheck?: number;
  json?: true;
}

const example = `
Examples:
  pathact eval biomaze --data data/biomaze-mini --method cot --limit 20
  pathact eval biomaze --data data/biomaze-mini --method cot --limit 20 --resume
  pathact eval biomaze --data TrueFalse.parquet --method pathseeker --base-url http://127.0.0.1:8000/v1 --model my-model

Ctrl-C keeps every finished sample; the same command with --resume asks only the rest.
With --json the first line is {"type":"run",…}, then {"type":"sample",…} each, {"type":"summary",…} last.`;

export function registerEval(program: Command): void {
  const evaluate = program.command('eval').description('run a benchmark and score it');
  evaluate
    .command('biomaze')
    .description('biological pathway questions (BioMaze, arXiv 2502.16660)')
    .requiredOption('--data <path>', 'a parquet, JSONL or CSV file of questions, or a folder of them')
    .addOption(new Option('--method <name>', 'how to answer').choices(methodNames).default('pathseeker'))
    .addOption(
      new Option('--split <name>', 'kind of question')
        .choices(['truefalse', 'openended'])
        .default('truefalse'),
    )
    .option(
      '--limit <n>',
      'at most so many questions, picked by the seed, Yes and No in turn',
      positiveInteger,
    )
    .option('--sample-ids <ids>', 'only these questions, ids joined by commas', idList)
    .option('--seed <n>', 'decides the questions of --limit, their order and every reply (default: 0)')
    .option('--epochs <n>', 'how often to ask each question', positiveInteger, 1)
    .option('--concurrency <n>', 'questions in flight at once', positiveInteger, 4)
    .addOption(
      new Option('--shots <n>', 'worked examples in the prompt of cot').choices(['0', '2']).default('0'),
    )
    .option('--max-steps <n>', 'replies of the model before it must answer (default: 20)')
    .option('--graph <name|file>', 'pathway graph (default: curated)')
    .option('--compat', 'as the reference code behaves, where ours differs')
    .option(
      '--scoring <how>',
      'of nodes: tfidf, as in the paper, or hybrid: also by names alike (default: tfidf)',
    )
    .option('--base-url <url>', 'an OpenAI-compatible endpoint; without it our own is started')
    .option('--model <name>', 'model of the endpoint, or one of `pathact models list`')
    .option(
      '--resume [run]',
      'go on with a run; without its id with the newest unfinished one of these settings',
    )
    .option('--min-score <share>', 'exit 3 when the balanced accuracy is below this share, e.g. 0.6', share)
    .option(
      '--kv-check <n>',
      'ask so many of the finished questions again with full attention, and count the changed answers',
      positiveInteger,
    )
    .option('--json', 'one JSON object a line: run, sample …, summary')
    .addHelpText('after', example)
    .action(evalBioMaze);
}

async function evalBioMaze(flags: Flags): Promise<void> {
  const { settings } = resolveSettings(settingFlags(flags));
  const signal = interruptSignal();
  const dataset = await loadDataset(flags.data, flags.split);
  const open = await openModel(settings, signal, { parallel: flags.concurrency });
  const store = openUserStore();
  try {
    if (flags.kvCheck !== undefined) await ensureLowBit(open, signal);
    const taskFacts = { ...(await taskOptions(flags, settings, signal)), ...open, dataset };
    const task = await bioMazeTask(taskFacts, signal);
    const { concurrency, resume, json, kvCheck } = flags;
    const environment = { ...(await modelFacts(open, signal)), dataPath: flags.data, concurrency };
    const stream = json ? { onLine: writeJsonLine } : {};
    const options = { store, concurrency, signal, environment, resume, ...stream };
    const ending = await runBioMaze(task, options);
    const isChecked = kvCheck !== undefined && ending.status === 'done';
    const check = isChecked
      ? await checkKv(ending.run.id, kvCheck, { ...taskFacts, model: open.inFull, signal }, options)
      : undefined;
    report({ ...ending, smokeScale: environment.smokeScale, kvCheck: check }, store.file, flags);
  } finally {
    store.close();
    await open.close();
  }
}

async function taskOptions(flags: Flags, settings: Settings, signal: AbortSignal) {
  const { method, split, limit, sampleIds, epochs } = flags;
  const compat = flags.compat === true;
  const search = needsGraph(method) ? await openSearch(settings, { compat }, signal) : undefined;
  const shots = flags.shots === '2' ? (2 as const) : (0 as const);
  const { seed, maxSteps } = settings;
  return { method, split, limit, sampleIds, epochs, compat, search, shots, seed, maxSteps };
}

async function modelFacts({ model, endpoint }: OpenModel, signal: AbortSignal) {
  const served = await model.served(signal);
  const { parameters = null, contextFrom } = served;
  return { endpoint, parameters, contextFrom, smokeScale: isSmokeScale(served) };
}

/** Throws `UsageError` where there is no low-bit attention to check. */
async function ensureLowBit({ model, endpoint }: OpenModel, signal: AbortSignal): Promise<void> {
  const { kv } = await model.served(signal);
  if (kv === 'specache') return;
  const which = endpoint === 'own' ? 'our own endpoint of this command' : `the endpoint at ${endpoint}`;
  throw new UsageError(`--kv-check: ${which} does not use SpeCache`, {
    hint: 'Start `pathact serve --kv specache` and give its URL as --base-url.',
  });
}

interface MarkedEnding extends BioMazeEnding {
  smokeScale: boolean;
  kvCheck: KvCheck | undefined;
}

function report(ending: MarkedEnding, file: string, { json, minScore }: Flags): void {
  const { run, status, summary } = ending;
  if (json) writeJsonLine(summaryLine(ending));
  else for (const line of textLines(ending)) printLine(line);
  note(`Stored as run ${run.id} in ${file}; \`pathact runs report ${run.id}\` writes the report.`);
  if (status === 'failed') throw ending.error;
  if (status === 'cancelled') {
    throw new InterruptedError(`stopped after ${summary.n} of ${run.planned} samples; all of them are kept`, {
      hint: `The same command with --resume ${run.id} asks the rest.`,
    });
  }
  const score = summary.balanced ?? summary.accuracy;
  if (minScore !== undefined && (score === null || score < minScore)) {
    throw new ThresholdMissedError(`the score is ${percent(score)}, below ${percent(minScore)}`);
  }
}

function textLines({ summary, smokeScale, kvCheck }: MarkedEnding): string[] {
  return [
    ...scoreText(summary),
    ...(kvCheck ? [kvCheckText(kvCheck)] : []),
    ...(smokeScale ? [smokeScaleNote] : []),
  ];
}

function summaryLine({ run, status, summary, seconds, smokeScale, kvCheck }: MarkedEnding) {
  const facts = {
    type: 'summary',
    run: run.id,
    status,
    planned: run.planned,
    smokeScale,
    ...summary,
    kvCheck,
  };
  return { ...facts, seconds: Math.round(seconds * 1000) / 1000 };
}

function writeJsonLine(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function settingFlags({ graph, baseUrl, model, maxSteps, seed, scoring }: Flags) {
  return { graph, baseUrl, model, maxSteps, seed, scoring };
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return Number(text);
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It is a number from 0 to 1.');
  return value;
}

function idList(text: string): string[] {
  return text
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean);
}
