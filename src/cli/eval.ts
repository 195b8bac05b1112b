import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Ablation, ablatable } from '../../agents/pathseeker/ablations.ts';
import { methodNames } from '../../evals/biomaze/methods.ts';
import { probeKinds } from '../../evals/biomaze/probe.ts';
import { resolveSettings } from '../config.ts';
import { UsageError } from '../errors.ts';
import { evalRun, type RunFlags } from './eval-run.ts';
import { positiveInteger, share, wordList } from './flag-values.ts';
import { interruptSignal } from './interrupt.ts';
import { withJudgeModel } from './judge-run.ts';

interface Flags extends RunFlags {
  matrix?: string;
  report?: string;
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
    .option('--sample-ids <ids>', 'only these questions, ids joined by commas', wordList)
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
  if (flags.matrix === undefined) return evalRun(withData(flags), settings, interruptSignal());
  refuseWithMatrix(command);
  const { evalMatrix } = await import('./eval-matrix.ts');
  await evalMatrix(flags.matrix, flags, settings, interruptSignal());
}

function withData(flags: Flags): RunFlags & { data: string } {
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

function settingFlags({ graph, baseUrl, model, maxSteps, seed, scoring }: Flags) {
  return { graph, baseUrl, model, maxSteps, seed, scoring };
}

function ablationList(text: string): Ablation[] {
  return wordList(text).map((part) => {
    const known = ablatable.find((name) => name === part);
    if (known === undefined) throw new InvalidArgumentError(`The parts are ${ablatable.join(', ')}.`);
    return known;
  });
}
