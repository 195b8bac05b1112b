import type { Triple } from '../../graphs/pathway-graph.ts';
import type { Found, PathwaySearch } from '../../graphs/search.ts';
import { findEffect } from '../perturbation/finding.ts';
import { abstentions } from '../perturbation/perturbation-agent.ts';
import { readQuestion } from '../perturbation/read-question.ts';
import { findingNotes, findingText, LineNumbers } from '../perturbation/tell.ts';
import { type Arguments, bindArguments, CallError, type Parameter } from './arguments.ts';
import type { History } from './history.ts';
import type { Call } from './read-call.ts';

/** What a tool gives back: triples for the history, else a text of its own; `info` begins with `Error: ` if wrong. */
export interface ToolResult extends Found {
  text?: string;
}

interface Tool {
  parameters: readonly Parameter[];
  run(search: PathwaySearch, values: Arguments, history: History): ToolResult;
}

const keywords: Parameter = { names: ['keywords', 'key_words_list'], gives: 'keywords' };
const wantedKeywords: Parameter = { ...keywords, required: true };
const entity: Parameter = { names: ['entity_id', 'entity'], gives: 'entity', required: true };
const line: Parameter = { names: ['line', 'history_line_id'], gives: 'line', required: true };
const size: Parameter = { names: ['target_size'], gives: 'targetSize' };
const topk: Parameter = { names: ['topk'], gives: 'topk' };
const topEdges: Parameter = { names: ['topk_e'], gives: 'topEdges' };

const globalSearch: Tool = {
  parameters: [wantedKeywords, size, topk, topEdges],
  run: (search, { keywords, targetSize, topk, topEdges }) =>
    search.global(keywords, given({ targetSize, topNodes: topk, topEdges })),
};
const localSearch: Tool = {
  parameters: [line, keywords, size],
  run: (search, { line, keywords, targetSize }, history) =>
    search.aroundTriple(seen(history, line), keywords, given({ targetSize })),
};

/** Signed propagation, told with the numbers that its lines have or will have in the history. */
const predictEffect: Tool = {
  parameters: [wantedKeywords],
  run: ({ graph, names }, { keywords }, history) => {
    const question = keywords.join(' ');
    const finding = findEffect(graph, readQuestion(question, { graph, names }));
    const seenLines = history.triples.map(({ edge }, line) => ({ edge, line }));
    const lines = new LineNumbers(graph, question, seenLines);
    const text = [...findingText(graph, finding, lines), ...findingNotes(graph, finding, lines)];
    const triples = lines.added.map(({ edge }) => ({
      ...{ edge, head: graph.source(edge), tail: graph.target(edge) },
    }));
    const nothing = finding.kind === 'not-read' || finding.kind === 'no-path';
    return { triples, info: nothing ? abstentions[finding.kind] : '', text: text.join('\n') };
  },
};

/** Only the first two are described to the model; all of spec §2.11 can be called, and `predict_effect`. */
const tools: Readonly<Record<string, Tool>> = {
  search_global: globalSearch,
  search_local: localSearch,
  predict_effect: predictEffect,
  search_biopathway_subgraph_global: globalSearch,
  search_biopathway_triple_N_hop_subgraph: localSearch,
  search_biopathway_entity_N_hop_subgraph: {
    parameters: [entity, keywords, size],
    run: (search, { entity, keywords, targetSize }) =>
      search.aroundEntity(entity, keywords, given({ targetSize })),
  },
  search_biopathway_subgraph: {
    parameters: [wantedKeywords, size, topk],
    run: (search, { keywords, targetSize, topk }) =>
      search.aroundRelations(keywords, given({ targetSize, topTriples: topk })),
  },
  summarize_history_subgraph: {
    parameters: [wantedKeywords, size],
    run: (search, { keywords, targetSize }, history) =>
      search.summarise(history.triples, keywords, given({ targetSize })),
  },
  biopathway_next_step: {
    parameters: [entity, keywords, topk],
    run: (search, { entity, keywords, topk }) => search.nextSteps(entity, keywords, given({ topk })),
  },
  biopathway_previous_step: {
    parameters: [entity, keywords, topk],
    run: (search, { entity, keywords, topk }) => search.previousSteps(entity, keywords, given({ topk })),
  },
  biopathway_N_hop_step: {
    parameters: [entity, keywords, topk],
    run: (search, { entity, keywords, topk }) => search.hopSteps(entity, keywords, given({ topk })),
  },
  search_relation: {
    parameters: [wantedKeywords, topk],
    run: (search, { keywords, topk }) => search.searchRelations(keywords, given({ topk })),
  },
  search_entity: {
    parameters: [wantedKeywords, topk],
    run: (search, { keywords, topk }) => {
      const { entities, info } = search.searchEntities(keywords, given({ topk }));
      return { triples: [], info, text: entities.map(({ id, text }) => `${id}: ${text}`).join('\n') };
    },
  },
  detailed_information: {
    parameters: [entity],
    run: (search, { entity }) => {
      const { fields, info } = search.details(entity);
      const text = Object.entries(fields ?? {}).map(([name, values]) => `${name}: ${values.join('; ')}`);
      return { triples: [], info, text: text.join('\n') };
    },
  },
};

/** The tools that look near something already known; gone where local search is taken away. */
const localTools: ReadonlySet<string> = new Set([
  'search_local',
  'search_biopathway_triple_N_hop_subgraph',
  'search_biopathway_entity_N_hop_subgraph',
  'biopathway_next_step',
  'biopathway_previous_step',
  'biopathway_N_hop_step',
]);

/** Runs a call on the graph. A wrong call is a result too, whose `info` tells the model what was wrong. */
export function runCall(
  call: Call,
  search: PathwaySearch,
  history: History,
  { localSearch = true } = {},
): ToolResult {
  const isThere = Object.hasOwn(tools, call.tool) && (localSearch || !localTools.has(call.tool));
  const tool = isThere ? tools[call.tool] : undefined;
  if (!tool) return failed(`there is no tool ${call.tool}`);
  try {
    const values = bindArguments(call, tool.parameters, { strict: search.mode === 'compat' });
    return tool.run(search, values, history);
  } catch (error) {
    if (error instanceof CallError) return failed(error.message);
    throw error;
  }
}

export function isFailure({ info }: ToolResult): boolean {
  return info.startsWith('Error: ');
}

function failed(reason: string): ToolResult {
  return { triples: [], info: `Error: ${reason}.` };
}

function seen(history: History, line: number): Triple {
  const triple = line < 0 ? undefined : history.triples[line];
  if (triple) return triple;
  const range =
    history.size === 0 ? 'none has been shown yet' : `lines 0 to ${history.size - 1} have been shown`;
  throw new CallError(`there is no line ${line}; ${range}`);
}

/** Only what the call gave, so that the search's own defaults hold for the rest. */
function given<T extends Record<string, number | undefined>>(options: T): { [K in keyof T]?: number } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: number };
}
