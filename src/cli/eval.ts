import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Ablation, ablatable } from '../../agents/pathseeker/ablations.ts';
import { type Contamination, contaminationOf } from '../../evals/biomaze/contamination.ts';
import { type Dataset, excludedEdges, loadDataset } from '../../evals/biomaze/dataset.ts';
import type { JudgeCounts } from '../../evals/biomaze/judge/score-run.ts';
import type { KvCheck } from '../../evals/biomaze/kv-check.ts';
import { type MethodName, methodNames, needsGraph, needsModel } from '../../evals/biomaze/methods.ts';
import { type ProbeKind, probeKinds } from '../../evals/biomaze/probe.ts';
import { type ProbeTable, probeTable, probeText } from '../../evals/biomaze/probe-table.ts';
import type { Split } from '../../evals/biomaze/question.ts';
import { supportText } from '../../evals/biomaze/support.ts';
import { bioMazeTask } from '../../evals/biomaze/task.ts';
import { kvCheckText, percent } from '../../evals/report/format.ts';
import { resolveSettings, type Settings } from '../config.ts';
import { InterruptedError, ThresholdMissedError, UsageError } from '../errors.ts';
import { isSmokeScale } from '../model/chat-model.ts';
import { type OpenModel, openModel, openSearch, withoutModel } from './answer-setup.ts';
import { interruptSignal } from './interrupt.ts';
import { judgedEnding, judgeFor } from './judge-eval.ts';
import { judgedText, withJudgeModel } from './judge-run.ts';
import { checkKv } from './kv-check.ts';
import { note, printLine } from './print.ts';
import { type BioMazeEnding, openUserStore, runBioMaze } from './run-biomaze.ts';
import { contaminationText, navigationText, scoreText, smokeScaleNote } from './score-text.ts';

interface Flags extends Partial<Record<keyof Settings, string>> {
  data?: string;
  matrix?: string;
  report?: string;
  method: MethodName;
  split: Split;
  limit?: number;
  sampleIds?: string[];
  epochs: number;
  concurrency: number;
  shots: string;
  compat?: true;
  constrained?: true;
  without?: Ablation[];
  resume?: string | true;
  minScore?: number;
  kvCheck?: number;
  judgeModel?: string;
  judgeBaseUrl?: string;
  sameModel?: true;
  probe?: ProbeKind;
  json?: true;
}

const example = `
Examples:
  pathact eval biomaze --data data/biomaze-mini --method cot --limit 20
  pathact eval biomaze --data data/biomaze-mini --method cot --limit 20 --resume
  pathact eval biomaze --data data/biomaze-mini --method perturbation
  pathact eval biomaze --data data/biomaze-mini --method perturbation --probe flip
  pathact eval biomaze --matrix matrix.yaml --resume
  pathact eval biomaze --data TrueFalse.parquet --method pathseeker --base-url http://127.0.0.1:8000/v1 --model my-model

Ctrl-C keeps every finished sample; the same command with --resume asks only the rest.
A matrix, as YAML (JSON has the same names); only methods must be there:
  data: data/biomaze-mini
  methods: [pathseeker, {method: pathseeker, without: [final-reasoner]}, cot, {method: cot, shots: 2}]
  models: [smollm2-135m-instruct, {model: my-model, baseUrl: http://127.0.0.1:8000/v1}]
  seeds: [0, 1, 2]
  limit: 24                  # also: split, sampleIds, epochs, maxSteps, graph
With --resume finished cells are kept.

With --json the first line is {"type":"run",…}, then {"type":"sample",…} each, {"type":"summary",…} last.`;

export function registerEval(program: Command): void {
  const evaluate = program.command('eval').description('run a benchmark and score it');
  const biomaze = evaluate
    .command('biomaze')
    .description('biological pathway questions (BioMaze, arXiv 2502.16660)')
    .option('--data <path>', 'a parquet, JSONL or CSV file of questions, or a folder of them')
    .option(
      '--matrix <file>',
      "run methods x models x seeds of a YAML or JSON file, and print the paper's table",
    )
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
      '--constrained',
      "pathseeker's turns are decoded under a JSON schema of the legal ones; the endpoint must take response_format",
    )
    .option(
      '--without <parts>',
      `leave parts of pathseeker out, joined by commas: ${ablatable.join(', ')}`,
      ablationList,
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
    .addOption(
      new Option(
        '--probe <kind>',
        'ask each question again on a changed graph: does the answer follow it?',
      ).choices(probeKinds),
    )
    .option(
      '--report <file>',
      'where the HTML report of --matrix goes (default: reports/ in the data directory)',
    )
    .option('--json', 'one JSON object a line: run, sample …, summary; of a matrix also cell');
  withJudgeModel(biomaze, 'judge of open answers')
    .option('--same-model', 'let the model judge its own answers')
    .addHelpText('after', example)
    .action(evalBioMaze);
}

async function evalBioMaze(flags: Flags, command: Command): Promise<void> {
  const { settings } = resolveSettings(settingFlags(flags));
  if (flags.matrix === undefined) return evalOne(withData(flags), settings, interruptSignal());
  refuseWithMatrix(command);
  const { evalMatrix } = await import('./eval-matrix.ts');
  await evalMatrix(flags.matrix, flags, settings, interruptSignal());
}

type OneRun = Flags & { data: string };

function withData(flags: Flags): OneRun {
  const { data, report } = flags;
  if (report !== undefined) {
    throw new UsageError('--report is for --matrix', {
      hint: '`pathact runs report RUN -o FILE` writes one.',
    });
  }
  if (data !== undefined) return { ...flags, data };
  throw new UsageError('--data or --matrix must say which questions to ask', {
    hint: 'For a first try: --data data/biomaze-mini.',
  });
}

/** What a matrix says itself, a flag beside it must not seem to say. */
function refuseWithMatrix(command: Command): void {
  const own = ['method', 'shots', 'compat', 'constrained', 'without', 'seed', 'kvCheck', 'probe'];
  const judges = ['judgeModel', 'judgeBaseUrl', 'sameModel'];
  const given = command.options.find((option) => {
    const name = option.attributeName();
    return [...own, ...judges].includes(name) && command.getOptionValueSource(name) === 'cli';
  });
  if (given === undefined) return;
  throw new UsageError(`--matrix and ${given.long} exclude each other`, {
    hint: own.includes(given.attributeName())
      ? 'Methods, their settings and seeds stand in the matrix file.'
      : '`pathact runs score RUN` lets a judge read the answers of a cell.',
  });
}

async function evalOne(flags: OneRun, settings: Settings, signal: AbortSignal): Promise<void> {
  const dataset = await loadDataset(flags.data, flags.split);
  const open = needsModel(flags.method)
    ? await openModel(settings, signal, { parallel: flags.concurrency })
    : withoutModel();
  const store = openUserStore();
  let judge: OpenModel | undefined;
  try {
    judge = await judgeFor(flags, open, signal);
    if (flags.kvCheck !== undefined) await ensureLowBit(open, signal);
    const taskFacts = { ...(await taskOptions(flags, settings, dataset, signal)), ...open, dataset };
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
    const judging = { store, concurrency, signal, plain: json === true };
    const scored = judge
      ? await judgedEnding(ending, { ...judging, judge })
      : { ...ending, judged: undefined };
    const { smokeScale } = environment;
    const contamination = contaminationOf(store, ending.run.id);
    const probes = probeTable(store.samples.list(ending.run.id));
    report({ ...scored, smokeScale, kvCheck: check, contamination, probes }, store.file, flags);
  } finally {
    store.close();
    await open.close();
    await judge?.close();
  }
}

async function taskOptions(flags: Flags, settings: Settings, dataset: Dataset, signal: AbortSignal) {
  const { method, split, limit, sampleIds, epochs, probe } = flags;
  const compat = flags.compat === true;
  const excluded = excludedEdges(dataset);
  const search = needsGraph(method) ? await openSearch(settings, { compat, excluded }, signal) : undefined;
  const shots = flags.shots === '2' ? (2 as const) : (0 as const);
  const { seed, maxSteps } = settings;
  const { constrained, without } = flags;
  const options = { method, split, limit, sampleIds, epochs, probe, compat, constrained, without };
  return { ...options, search, shots, seed, maxSteps };
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
  judged: JudgeCounts | undefined;
  contamination: Contamination;
  probes: ProbeTable | undefined;
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

function textLines(ending: MarkedEnding): string[] {
  const { summary, smokeScale, kvCheck, judged, contamination, probes } = ending;
  return [
    ...scoreText(summary),
    ...contaminationText(contamination),
    ...navigationText(summary),
    ...(summary.support ? [supportText(summary.support)] : []),
    ...(probes ? probeText(probes) : []),
    ...(judged ? [judgedText(judged)] : []),
    ...(kvCheck ? [kvCheckText(kvCheck)] : []),
    ...(smokeScale ? [smokeScaleNote] : []),
  ];
}

function summaryLine(ending: MarkedEnding) {
  const { run, status, summary, seconds, smokeScale, kvCheck, judged, contamination, probes } = ending;
  const facts = {
    type: 'summary',
    run: run.id,
    status,
    planned: run.planned,
    smokeScale,
    ...summary,
    kvCheck,
    judged,
    contamination,
    probes,
  };
  return { ...facts, seconds: Math.round(seconds * 1000) / 1000 };
}

function writeJsonLine(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function settingFlags({ graph, baseUrl, model, maxSteps, seed }: Flags) {
  return { graph, baseUrl, model, maxSteps, seed };
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

function ablationList(text: string): Ablation[] {
  return idList(text).map((part) => {
    const known = ablatable.find((name) => name === part);
    if (known === undefined) throw new InvalidArgumentError(`The parts are ${ablatable.join(', ')}.`);
    return known;
  });
}

function idList(text: string): string[] {
  return text
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean);
}
