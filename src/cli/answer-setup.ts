import { join } from 'node:path';
import { loadGraph } from '../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import type { Settings } from '../config.ts';
import { UsageError } from '../errors.ts';
import type { ChatModel } from '../model/chat-model.ts';
import { openAiChatModel } from '../model/openai-chat-model.ts';
import { packageRoot } from './package-root.ts';

/** The model that answers, and what has to be stopped when it has. */
export interface OpenModel {
  model: ChatModel;
  /** The URL of a foreign endpoint, or `local` for ours, whose port means nothing later. */
  endpoint: string;
  /** SHA-256 of the weights where they are on this machine. */
  modelHash: string | undefined;
  close(): Promise<void>;
}

/** The endpoint of the settings. */
export async function openModel(settings: Settings, _signal: AbortSignal): Promise<OpenModel> {
  const { baseUrl, apiKey, model: name } = settings;
  if (baseUrl === undefined) throw new UsageError('no --base-url');
  const model = openAiChatModel({ baseUrl, apiKey, name });
  return { model, endpoint: baseUrl, modelHash: undefined, close: async () => {} };
}

/** The graph of `--graph`, ready to be searched. */
export async function openSearch(
  { graph }: Settings,
  { compat }: { compat: boolean },
  signal: AbortSignal,
): Promise<PathwaySearch> {
  const path = graph === 'curated' ? join(packageRoot(), 'data/pathways') : graph;
  return createSearch(await loadGraph(path, {}, signal), { mode: compat ? 'compat' : 'better' });
}
