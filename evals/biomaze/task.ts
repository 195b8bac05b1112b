import { PROMPTS_VERSION } from '../../agents/baselines/cot-prompts.ts';
import { runAgent } from '../../agents/loop.ts';
import type { ChatModel } from '../../src/model/chat-model.ts';
import type { RunSettings } from '../../src/store/runs.ts';
import type { Task } from '../harness/task.ts';
import type { Dataset } from './dataset.ts';
import { type MethodOptions, methodAgent, needsGraph } from './methods.ts';
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
}

/** BioMaze with one method and one model on it. Asks the endpoint what it serves; throws as `ChatModel.served`. */
export async function bioMazeTask(options: BioMazeOptions, signal: AbortSignal): Promise<Task<Question>> {
  const { dataset, split, model, seed, epochs, maxSteps } = options;
  const { contextLength } = await model.served(signal);
  return {
    ...{ name: 'biomaze', method: options.method, seed, epochs },
    settings: { ...settingsOf(options), contextLength },
    samples: selectQuestions(dataset.questions, options),
    scorer: split === 'truefalse' ? trueFalseScorer : openEndedScorer,
    run: (question, { seed: sampleSeed, signal: stop }) =>
      runAgent(methodAgent(options, question, sampleSeed), {
        ...{ model, maxSteps, seed: sampleSeed, signal: stop, cacheKey: question.id },
      }),
    score: ({ label }, outcome) => (label === null ? null : scoreVerdict(outcome.verdict, label)),
    summarise: (records) => summarise(records, seed),
  };
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
      ...(options.checks && { kv: 'full', checks: options.checks }),
    },
    ...(needsGraph(method) ? { maxSteps, ...graphOf(options) } : { shots: options.shots }),
  };
}

function graphOf({ search }: BioMazeOptions): RunSettings {
  const facts = search?.graph.getAttributes();
  // Left out where it is the paper's, so that runs from before it could be chosen can be gone on with.
  const scoring = search?.scoring === 'hybrid' ? { scoring: 'hybrid' } : {};
  return { graph: facts?.name ?? null, graphHash: facts?.hash ?? null, ...scoring };
}
