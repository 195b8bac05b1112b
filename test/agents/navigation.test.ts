import { beforeAll, expect, test } from 'vitest';
import { History } from '../../agents/pathseeker/history.ts';
import { readCall } from '../../agents/pathseeker/read-call.ts';
import { runCall, type ToolResult } from '../../agents/pathseeker/tools.ts';
import { loadGraph } from '../../graphs/load.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import type { EvidenceLine } from '../../src/run.ts';
import { toyEdges, writeToyGraph } from '../helpers/toy-graph.ts';

let graph: PathwayGraph;
beforeAll(async () => {
  graph = await loadGraph(writeToyGraph());
});

/** An investigation that is told calls as a model writes them. */
function investigation(mode: 'compat' | 'better') {
  const search: PathwaySearch = createSearch(graph, { mode });
  const history = new History(graph, mode);
  const call = (text: string): ToolResult & { lines: EvidenceLine[] } => {
    const read = readCall(text);
    if (read.kind === 'malformed') throw new Error(read.reason);
    const result = runCall(read.call, search, history);
    return { ...result, lines: history.add(result.triples) };
  };
  return { search, history, call };
}

const edgeName = (edge: string) => `e${toyEdges.indexOf(edge)}`;
const numbered = (lines: readonly EvidenceLine[]) =>
  lines.map(({ line, edge }) => `${line} ${edgeName(edge)}`);

test('the call sequence of the reference gives its lines and its endings', () => {
  const { call, search, history } = investigation('compat');
  const global = "search_biopathway_subgraph_global(['alpha kinase'], target_size=2)";
  expect(numbered(call(global).lines)).toEqual(['0 e2', '1 e4', '2 e5']);
  const again = call(global);
  expect([again.triples.length, again.lines.length]).toEqual([3, 0]);
  const local = "search_biopathway_triple_N_hop_subgraph(0, ['gamma receptor infection'])";
  expect(numbered(call(local).lines)).toEqual(['3 e0', '4 e1', '5 e3', '6 e6']);
  expect(call('search_biopathway_triple_N_hop_subgraph(99)').info).toBe(
    'Error: there is no line 99; lines 0 to 6 have been shown.',
  );
  expect(call("search_biopathway_subgraph_global('alpha kinase')").info).toBe(
    'Error: keywords must be a list of texts.',
  );
  const empty = call('search_biopathway_subgraph_global([])');
  expect([empty.triples, empty.info]).toEqual([[], expect.not.stringMatching(/^Error|^$/)]);
  expect(call("no_such_tool('x')").info).toBe('Error: there is no tool no_such_tool.');
  expect(call("biopathway_next_step('999')").info).toMatch(/^Error: 999 is not an entity/);
  expect(call("biopathway_next_step('X1')").info).toMatch(/^Error: X1 is not a valid id/);

  const summary = (targetSize: number) =>
    search
      .summarise(history.triples, ['gamma receptor infection'], { targetSize })
      .triples.map(({ edge }) => edgeName(edge));
  expect(summary(2)).toEqual(['e3', 'e4']);
  expect(summary(16)).toEqual(['e2', 'e0', 'e1', 'e3', 'e4', 'e5', 'e6']);
});

test('by default a bare string is a keyword, and a line may be named in words', () => {
  const { call } = investigation('better');
  expect(call('search_global("alpha kinase")').lines.length).toBeGreaterThan(0);
  expect(call('search_local("line 0", "gamma receptor")').info).not.toMatch(/^Error/);
  expect(call('search_local(line="0", keywords=["gamma receptor"], target_size="4")').info).not.toMatch(
    /^Error/,
  );
});

test.each([
  ['search_local(-1)', 'there is no line -1; none has been shown yet'],
  ['search_local(0)', 'there is no line 0; none has been shown yet'],
  ['search_local(1.5)', 'line must be a whole number'],
  ['search_local("no number")', 'line must be a whole number'],
  ['search_local([1])', 'line must be a whole number'],
  ['search_local()', 'search_local needs line'],
  ['search_global()', 'search_global needs keywords'],
  ['search_global(3)', 'keywords must be a list of texts'],
  ['search_global([["a"]])', 'keywords must be a list of texts'],
  ['search_global(["a"], size=3)', 'search_global has no argument size'],
  ['search_global(["a"], keywords=["b"])', 'the argument keywords is given twice'],
  ['search_global(["a"], 1, 2, 3, 4)', 'search_global takes at most 4 arguments'],
  ['search_global(["a"], "many")', 'target_size must be a whole number'],
  ['detailed_information(["101"])', 'entity_id must be one id'],
  ['constructor("a")', 'there is no tool constructor'],
  ['__proto__("a")', 'there is no tool __proto__'],
])('the wrong call %s is told as an error sentence', (text, sentence) => {
  expect(investigation('better').call(text)).toMatchObject({ triples: [], info: `Error: ${sentence}.` });
});

test('sizes that make no sense are brought into range', () => {
  const { call } = investigation('better');
  for (const size of ['-5', '0', '1e9', 'None'])
    expect(call(`search_global(["alpha kinase"], target_size=${size})`).info).not.toMatch(/^Error/);
});

test.each([
  ['search_entity(["kinase"])', '101'],
  ['detailed_information("hsa90020")', 'Toy infection'],
])('%s gives text and no lines', (text, part) => {
  const result = investigation('compat').call(text);
  expect(result.triples).toEqual([]);
  expect(result.text).toContain(part);
});

test.each([
  "search_biopathway_entity_N_hop_subgraph('104', ['delta'])",
  "search_biopathway_subgraph(['gamma receptor'], topk=4)",
  "biopathway_next_step('101')",
  "biopathway_previous_step('101', ['zeta'], 2)",
  "biopathway_N_hop_step('101')",
  "search_relation(['delta factor'], topk=2)",
])('%s can be called and gives triples', (text) => {
  expect(investigation('compat').call(text).lines.length).toBeGreaterThan(0);
});
