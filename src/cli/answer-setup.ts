import { alterGraph } from '../../graphs/altered-graph.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import type { Settings } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { ChatModel } from '../model/chat-model.ts';
import { noModel } from '../model/no-model.ts';
import { type ModelOptions, openAiChatModel } from '../model/openai-chat-model.ts';
import { openGraph, openGraphSearch, searchSettings } from './graph-source.ts';
import { startLocalEndpoint } from './local-endpoint.ts';

/** The model that answers, and what has to be stopped when it has. */
export interface OpenModel {
  model: ChatModel;
  /** SHA-256 of the model's file, where known. */
  modelHash: string | undefined;
  /** The base URL of a foreign endpoint; `own` for one that lives as long as this command. */
  endpoint: string;
  /** The same model, attending in full. */
  inFull: ChatModel;
  close(): Promise<void>;
}

/**
 * The endpoint of the settings, or one of our own for the length of this command: `parallel` requests are
 * computed at once there. The opener closes it.
 */
export async function openModel(
  settings: Settings,
  signal: AbortSignal,
  { parallel = 1 }: { parallel?: number } = {},
): Promise<OpenModel> {
  const { baseUrl, apiKey, model: name, threads } = settings;
  if (baseUrl !== undefined) {
    const models = modelsAt({ baseUrl, apiKey, name });
    const { sha256 } = await models.model.served(signal);
    return { ...models, modelHash: sha256, endpoint: baseUrl, close: async () => {} };
  }
  const local = await startLocalEndpoint({ model: name, threads, parallel }, signal);
  const models = modelsAt({ baseUrl: local.baseUrl, apiKey: local.apiKey, name: local.model });
  return { ...models, modelHash: local.modelHash, endpoint: 'own', close: () => local.close() };
}

/** For a method that asks no model. */
export function withoutModel(): OpenModel {
  return { model: noModel, inFull: noModel, modelHash: undefined, endpoint: 'none', close: async () => {} };
}

const modelsAt = (options: ModelOptions) => ({
  model: openAiChatModel(options),
  inFull: openAiChatModel({ ...options, kv: 'full' }),
});

/**
 * The graph of `--graph`, ready to be searched, without the edges of `excluded`. Throws `UsageError` where the graph
 * has one of them not: the questions were made from another graph.
 */
export async function openSearch(
  { graph: name, scoring }: Settings,
  { compat, excluded = [] }: { compat: boolean; excluded?: readonly string[] },
  signal: AbortSignal,
): Promise<PathwaySearch> {
  const how = searchSettings(compat, scoring);
  if (excluded.length === 0) return openGraphSearch(name, how, signal);
  const graph = await openGraph(name, signal);
  const unknown = excluded.find((edge) => !graph.hasEdge(edge));
  if (unknown !== undefined) {
    throw new UsageError(
      `the questions leave out the edge ${unknown}, which the graph ${name} does not have`,
      {
        hint: 'They were made from another graph: name it with --graph.',
      },
    );
  }
  return createSearch(alterGraph(graph, { removed: excluded }), how);
}
