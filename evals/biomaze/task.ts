import { PROMPTS_VERSION } from '../../agents/baselines/cot-prompts.ts';
import { withSecondOpinion } from '../../agents/perturbation/second-opinion.ts';
import { UsageError } from '../../src/errors.ts';
import type { ChatModel } from '../../src/model/chat-model.ts';
import type { RunSettings } from '../../src/store/runs.ts';
import type { Task } from '../harness/task.ts';
import type { Dataset } from './dataset.ts';
import { askedOf, type MethodOptions, methodSettings, prepareMethod } from './methods.ts';
import { type ProbeKind, Probes } from './probe.ts';
import type { Question, Split } from './question.ts';
import { openEndedScorer, scoreVerdict, trueFalseScorer } from './scorers.ts';
import { selectionVersion, selectQuestions } from './select.ts';
import { summarise } from './summary.ts';

export interface BioMazeOptions extends MethodOptions {
  dataset: Dataset;
  split: Split;
  model: ChatModel;
  /** SHA-256 of the weights where they are known. */
  modelHash: string | undefined;
  limit?: number | undefined;
  sampleIds?: readonly string[] | undefined;
  seed: number;
  epochs: number;
  maxSteps: number;
  /** The run whose answers this one checks: the model is then one that attends in full. */
  checks?: string | undefined;
  /** Ask each question a second time, on a graph changed so that its answer should change, or stay. */
  probe?: ProbeKind | undefined;
}

/** BioMaze with one method and one model on it. Asks the endpoint what it serves; throws as `ChatModel.served`. */
export async function bioMazeTask(options: BioMazeOptions, signal: AbortSignal): Promise<Task<Question>> {
  const { dataset, split, model, seed, epochs, maxSteps } = options;
  const answerUnprobed = prepareMethod(options);
  const { contextLength } = await model.served(signal);
  const probes = probesOf(options);
  const selected = selectQuestions(dataset.questions, options);
  return {
    ...{ name: 'biomaze', method: options.method, seed, epochs },
    settings: { ...settingsOf(options), contextLength },
    samples: probes ? selected.flatMap((question) => probes.pairOf(question)) : selected,
    scorer: split === 'truefalse' ? trueFalseScorer : openEndedScorer,
    run: (question, { seed: sampleSeed, signal: stop }) => {
      const search = probes ? probes.searchFor(question) : options.search;
      const answer = search === options.search ? answerUnprobed : prepareMethod({ ...options, search });
      const call = { model, maxSteps, seed: sampleSeed, signal: stop, cacheKey: question.id };
      const run = answer(askedOf(question), call);
      return search ? withSecondOpinion(run, askedOf(question), search) : run;
    },
    score: ({ label, probe }, outcome) =>
      label === null || probe ? null : scoreVerdict(outcome.verdict, label),
    summarise: (records) => summarise(records, seed),
  };
}

function probesOf({ probe, search, method }: BioMazeOptions): Probes | undefined {
  if (!probe) return undefined;
  if (search) return new Probes(probe, search);
  throw new UsageError(`--probe changes the graph, and ${method} uses none`, {
    hint: 'Give --method pathseeker, perturbation or another that searches the graph.',
  });
}

/** All that decides the answers. What may change between two attempts at a run is not here. */
function settingsOf(options: BioMazeOptions): RunSettings {
  const { method, split, dataset, model, modelHash, limit, sampleIds, seed, epochs, maxSteps, compat } =
    options;
  return {
    ...{ method, split, seed, epochs, compat, prompts: PROMPTS_VERSION, selection: selectionVersion },
    ...{ data: dataset.hash, limit: limit ?? null, sampleIds: sampleIds ? [...sampleIds] : null },
    ...{
      model: model.name,
      modelHash: modelHash ?? null,
      ...(options.probe && { probe: options.probe }),
      ...(options.checks && { kv: 'full', checks: options.checks }),
    },
    ...methodSettings(options, maxSteps),
  };
}
