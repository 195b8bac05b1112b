import { cokAgent, cokSettings } from '../../agents/baselines/cok/cok.ts';
import { cotAgent, vanillaAgent } from '../../agents/baselines/cot.ts';
import {
  fullContextAgent,
  fullContextSettings,
  processTable,
} from '../../agents/baselines/full-context/full-context.ts';
import { gRetrieverAgent, gRetrieverSettings } from '../../agents/baselines/g-retriever/g-retriever.ts';
import { entryTexts, ragAgent, ragSettings } from '../../agents/baselines/rag/rag.ts';
import { togAgent, togSettings } from '../../agents/baselines/tog/tog.ts';
import { type RunOptions, runAgent, runStaged } from '../../agents/loop.ts';
import type { Ablation } from '../../agents/pathseeker/ablations.ts';
import { pathSeekerAgent } from '../../agents/pathseeker/path-seeker.ts';
import { perturbationAgent } from '../../agents/perturbation/perturbation-agent.ts';
import type { Question as AskedQuestion } from '../../agents/question.ts';
import type { PathwaySearch } from '../../graphs/search.ts';
import { UsageError } from '../../src/errors.ts';
import type { RunEvent } from '../../src/run.ts';
import type { RunSettings } from '../../src/store/runs.ts';
import type { Question } from './question.ts';

export const methodNames = [
  'pathseeker',
  'cot',
  'vanilla',
  'cok',
  'tog',
  'g-retriever',
  'rag',
  'full-context',
  'perturbation',
] as const;
export type MethodName = (typeof methodNames)[number];

export interface MethodOptions {
  method: MethodName;
  /** Worked examples in the prompt of `cot` and `vanilla`; the others bring their own. */
  shots: 0 | 2;
  /** The reference's behaviour instead of ours, spec §3 and §4. */
  compat: boolean;
  /** For methods with a graph. Samples share it: it is only read. */
  search?: PathwaySearch | undefined;
  /** Parts of PathSeeker to leave out. */
  without?: readonly Ablation[] | undefined;
  /** PathSeeker's turns are decoded under a schema of the legal ones. */
  constrained?: boolean | undefined;
}

/** Answers one question; the last event is `finished`. */
export type Answerer = (question: AskedQuestion, call: RunOptions) => AsyncIterable<RunEvent>;

interface Method {
  needsGraph: boolean;
  /** True where left out. A method without a model leaves `call.model` alone. */
  needsModel?: false;
  /** What decides the answers beside model, seed and graph; stored with the run. */
  settings(options: MethodOptions, maxSteps: number): RunSettings;
  /** Called once a run: what all samples share is made here. */
  prepare(options: MethodOptions): Answerer;
}

const methods: Record<MethodName, Method> = {
  pathseeker: {
    needsGraph: true,
    settings: ({ without = [], constrained = false }, maxSteps) => ({
      ...{ maxSteps, constrained, without: [...new Set(without)].sort() },
    }),
    prepare: (options) => {
      const { without, constrained = false } = options;
      const shared = { search: searchOf(options), without: new Set(without), constrained };
      return (question, call) => runAgent(pathSeekerAgent(question, shared), call);
    },
  },
  cot: {
    needsGraph: false,
    settings: ({ shots }) => ({ shots }),
    prepare:
      ({ shots, compat }) =>
      (question, call) =>
        runAgent(cotAgent(question, { shots, compat, seed: call.seed }), call),
  },
  vanilla: {
    needsGraph: false,
    settings: ({ shots }) => ({ shots }),
    prepare:
      ({ shots, compat }) =>
      (question, call) =>
        runAgent(vanillaAgent(question, { shots, compat, seed: call.seed }), call),
  },
  cok: {
    needsGraph: true,
    settings: () => ({ ...cokSettings }),
    prepare: (options) => {
      const search = searchOf(options);
      return (question, call) => runStaged(cokAgent(question, { search, seed: call.seed }), call);
    },
  },
  tog: {
    needsGraph: true,
    settings: () => ({ ...togSettings }),
    prepare: (options) => {
      const search = searchOf(options);
      return (question, call) => runStaged(togAgent(question, { search, seed: call.seed }), call);
    },
  },
  'g-retriever': {
    needsGraph: true,
    settings: () => ({ ...gRetrieverSettings }),
    prepare: (options) => {
      const search = searchOf(options);
      return (question, call) => runStaged(gRetrieverAgent(question, search), call);
    },
  },
  rag: {
    needsGraph: true,
    settings: () => ({ ...ragSettings }),
    prepare: (options) => {
      const search = searchOf(options);
      const shared = { search, texts: entryTexts(search) };
      return (question, call) => runStaged(ragAgent(question, shared), call);
    },
  },
  'full-context': {
    needsGraph: true,
    settings: () => ({ ...fullContextSettings }),
    prepare: (options) => {
      const search = searchOf(options);
      const shared = { search, processes: processTable(search) };
      return (question, call) => runStaged(fullContextAgent(question, shared), call);
    },
  },
  perturbation: {
    needsGraph: true,
    needsModel: false,
    settings: () => ({}),
    prepare: (options) => {
      const search = searchOf(options);
      return (question, call) => runAgent(perturbationAgent(question, search), { ...call, maxSteps: 0 });
    },
  },
};

export function needsGraph(method: MethodName): boolean {
  return methods[method].needsGraph;
}

export function needsModel(method: MethodName): boolean {
  return methods[method].needsModel ?? true;
}

/** The settings of a method that a run records, with the graph it searches. */
export function methodSettings(options: MethodOptions, maxSteps: number): RunSettings {
  const { needsGraph, settings } = methods[options.method];
  const facts = options.search?.graph.getAttributes();
  // Left out where it is the paper's, so that runs from before it could be chosen can be gone on with.
  const scoring = options.search?.scoring === 'hybrid' ? { scoring: 'hybrid' } : {};
  const graph = { graph: facts?.name ?? null, graphHash: facts?.hash ?? null, ...scoring };
  return { ...settings(options, maxSteps), ...(needsGraph ? graph : {}) };
}

/** Makes ready what all samples of a run share. Throws `UsageError` where the graph is missing, or flags make no sense. */
export function prepareMethod(options: MethodOptions): Answerer {
  const clash = settingsClash(options);
  if (clash !== undefined) throw new UsageError(clash);
  return methods[options.method].prepare(options);
}

/** Why these settings do not go together. */
export function settingsClash(options: Omit<MethodOptions, 'search' | 'shots'>): string | undefined {
  const { method, compat, constrained = false, without = [] } = options;
  if (method !== 'pathseeker' && (constrained || without.length > 0))
    return `constrained and without are for pathseeker, not for ${method}`;
  if (compat && constrained) return 'compat and constrained exclude each other: the reference writes freely';
  return undefined;
}

function searchOf({ method, search }: MethodOptions): PathwaySearch {
  if (search) return search;
  throw new UsageError(`${method} needs a graph`);
}

/** The question as agents see it: its text, and whether Yes or No is wanted. */
export function askedOf({ question, label }: Question): AskedQuestion {
  return { text: question, kind: label === null ? 'open' : 'judge' };
}
