import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { loadDataset } from '../../evals/biomaze/dataset.ts';
import { bioMazeTask } from '../../evals/biomaze/task.ts';
import { writeReport } from '../../evals/report/report.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import { directories, resolveSettings, type Settings } from '../config.ts';
import { InterruptedError } from '../errors.ts';
import { isSmokeScale } from '../model/chat-model.ts';
import type { Store } from '../store/store.ts';
import { type OpenModel, openModel, openSearch } from './answer-setup.ts';
import { answerQuestion } from './ask.ts';
import { interruptSignal } from './interrupt.ts';
import { pullWithProgress } from './model-files.ts';
import { packageRoot } from './package-root.ts';
import { plain, printLine } from './print.ts';
import { type BioMazeEnding, openUserStore, runBioMaze } from './run-biomaze.ts';
import { comparisonText } from './score-text.ts';

const question = { text: 'Does loss of PTEN lower the activity of FOXO3?', kind: 'judge' } as const;
const methods = ['pathseeker', 'cot'] as const;
/** One Yes and one No of each of the twelve kinds of question would be 24; half of them keep it short. */
const sampleCount = 12;
const maxSteps = 3;
const parallel = 2;

const help = `
Gets the default model if it is not here, answers one pathway question, runs a small benchmark twice on the
same questions (PathSeeker and chain of thought) and writes a report. Nothing is left running.

Example:
  pathact quickstart`;

/** `npm start`: the whole way once, on what ships with the package. */
export function registerQuickstart(program: Command): void {
  program
    .command('quickstart')
    .description('see it work: one answer, one small benchmark, one report')
    .addHelpText('after', help)
    .action(quickstart);
}

async function quickstart(): Promise<void> {
  const signal = interruptSignal();
  const { settings } = resolveSettings({});
  step(1, `The model: ${settings.baseUrl ? `${settings.model} at ${settings.baseUrl}` : settings.model}`);
  if (settings.baseUrl === undefined) {
    const { file } = await pullWithProgress(settings.model, { signal });
    printLine(`${file}`);
  }
  const search = await openSearch(settings, { compat: false }, signal);
  const open = await openModel(settings, signal, { parallel });
  const store = openUserStore();
  try {
    step(2, 'One question, answered over the pathway graph');
    await answerQuestion(question, { ...open, search, seed: settings.seed, maxSteps, compat: false, signal });
    step(3, `A small benchmark: the same ${sampleCount} questions with and without the graph`);
    const endings = await runMethods(settings, search, open, store, signal);
    printLine();
    for (const line of comparisonText(endings.map(({ run, summary }) => [run.method, summary])))
      printLine(line);
    step(4, 'Where it is');
    await tellWhere(store, endings, signal);
  } finally {
    store.close();
    await open.close();
  }
}

async function runMethods(
  { seed }: Settings,
  search: PathwaySearch,
  open: OpenModel,
  store: Store,
  signal: AbortSignal,
): Promise<BioMazeEnding[]> {
  const dataPath = join(packageRoot(), 'data/biomaze-mini');
  const dataset = await loadDataset(dataPath, 'truefalse');
  const served = await open.model.served(signal);
  const facts = {
    endpoint: open.endpoint,
    parameters: served.parameters ?? null,
    smokeScale: isSmokeScale(served),
  };
  const endings: BioMazeEnding[] = [];
  for (const method of methods) {
    const task = await bioMazeTask(
      {
        ...{ ...open, dataset, method, split: 'truefalse', limit: sampleCount, seed, maxSteps, search },
        ...{ epochs: 1, shots: 0, compat: false },
      },
      signal,
    );
    const environment = { ...facts, dataPath: 'data/biomaze-mini', concurrency: parallel };
    const ending = await runBioMaze(task, { store, concurrency: parallel, signal, environment });
    if (ending.status === 'failed') throw ending.error;
    if (ending.status === 'cancelled') {
      throw new InterruptedError('the benchmark was stopped; every finished sample is kept', {
        hint: `\`pathact runs show ${ending.run.id}\` shows them.`,
      });
    }
    endings.push(ending);
  }
  return endings;
}

async function tellWhere(
  store: Store,
  endings: readonly BioMazeEnding[],
  signal: AbortSignal,
): Promise<void> {
  const runs = endings.map(({ run }) => run);
  const file = join(directories().data, 'reports', `${runs.map(({ id }) => id).join('-')}.html`);
  await writeReport(store, runs, file, signal);
  printLine(`Report  ${file}`);
  printLine(`Runs    ${runs.map(({ id, method }) => `${id} (${method})`).join(', ')} in ${store.file}`);
  printLine();
  printLine('Next: npx pathact ask "Does rapamycin raise autophagy?"');
  printLine('      npx pathact models list       what to use in place of the small default model');
  printLine('      npx pathact graph import FILE your own pathways');
}

function step(number: number, title: string): void {
  if (number > 1) printLine();
  printLine(styleText('bold', `${number}. ${plain(title)}`, { stream: process.stdout }));
}
