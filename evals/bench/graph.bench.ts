import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadGraph } from '../../graphs/load.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { entriesJson, graphmlOf } from '../../graphs/write-graph.ts';
import { GraphContest } from './graph-contest.ts';
import { type LoadTask, type LoadTimes, timeLoad } from './graph-load.ts';
import { type GraphMeasurement, type GraphRow, graphMeasurement, median } from './graph-measurement.ts';
import { type GraphPeer, graphPeer } from './graph-peer.ts';
import { graphQueries } from './graph-queries.ts';
import { keggSize, syntheticPathways } from './synthetic-pathways.ts';

export interface GraphBenchOptions {
  /** A graph of the user's with its name. */
  graph?: { name: string; path: string } | undefined;
  /** Measure the synthetic graph of KEGG's size. */
  synthetic: boolean;
  peer: GraphPeer | undefined;
  /** Queries, and loads; the peer's procedure takes seconds for each. */
  runs: number;
  seed: number;
  note: (text: string) => void;
  signal: AbortSignal;
}

/** What the charter asks at KEGG's size; asked of every graph. */
const bars = {
  load: { of: 'ours', limit: 1500, better: 'less' },
  savedLoad: { of: 'ours', limit: 100, better: 'less' },
  search: { of: 'ours', limit: 100, better: 'less' },
  speedUp: { of: 'ratio', limit: 0.1, better: 'less' },
  solve: { of: 'ratio', limit: 1.5, better: 'less' },
  same: { of: 'ratio', limit: 1, better: 'more' },
} as const;

/** Times loading, searching and solving beside the reference's Python stack, call by call in turn. */
export async function* benchGraph(options: GraphBenchOptions): AsyncGenerator<GraphMeasurement> {
  const folder = mkdtempSync(join(tmpdir(), 'pathact-bench-'));
  try {
    if (options.graph) yield* benchOne(options.graph.name, options.graph.path, folder, options);
    if (!options.synthetic) return;
    const { graphml, entries } = syntheticPathways(keggSize, 1);
    writeFileSync(join(folder, 'graph.graphml'), graphml);
    writeFileSync(join(folder, 'overall_entries.json'), entries);
    yield* benchOne('synthetic, KEGG size', folder, folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function* benchOne(
  name: string,
  path: string,
  folder: string,
  options: GraphBenchOptions,
): AsyncGenerator<GraphMeasurement> {
  const { peer, runs, note, signal } = options;
  note(`${name}: loading`);
  const graph = await loadGraph(path, {}, signal);
  const subject = { graph: name, nodes: graph.order, edges: graph.size };
  const row = (given: GraphRow) => graphMeasurement(subject, given);
  const queries = graphQueries(graph, runs, options.seed);
  const contest = new GraphContest(graph, queries, peer, signal);
  const peerLoad = peer && (await peerLoaded(peer, graph, contest, folder, note));
  const peerTimes = peerLoad === undefined ? undefined : [peerLoad];
  const against = peer ? graphPeer.name : '';
  const task: LoadTask = { path, name, query: queries[0] ?? '' };
  const fromFiles = await loads(task, options);
  yield row({ what: 'load with indexes', ...fromFiles, peer: peerTimes, against, bar: bars.load });
  const fromIndex = await savedLoads(task, options);
  yield row({ what: 'load from the saved index', ...fromIndex, bar: bars.savedLoad });
  note(`${name}: searching`);
  yield row({ what: 'global search, better', ours: contest.searchesIn('better'), bar: bars.search });
  const { ours, reference, tuned, same } = await contest.searches();
  yield row({ what: 'global search, compat', ours, bar: bars.search });
  const beside = tuned.length > 0 ? { sameEdges: same, tunedPeer: tuned[tuned.length >> 1] as number } : {};
  yield row({
    what: 'global search beside the reference',
    ours,
    peer: reference,
    against,
    bar: bars.speedUp,
    beside,
  });
  yield row({ what: 'local search, better', ours: contest.localSearches('better') });
  yield row({ what: 'local search, compat', ours: contest.localSearches('compat') });
  note(`${name}: solving`);
  const solves = await contest.solves();
  yield row({
    ...{ what: 'one PCST solve', ours: solves.ours, peer: solves.peer, ratio: solves.ratio },
    ...{ against: peer ? 'pcst_fast, C++' : '', bar: bars.solve, beside: solves.beside },
  });
  if (!peer) return;
  const { equal, problems } = solves;
  yield row({
    ...{ what: 'PCST results as the peer', unit: 'results', ours: [equal], peer: [problems] },
    ...{ against: 'pcst_fast, C++', bar: bars.same },
  });
}

/** Loads one after the other, each in a heap of its own. */
async function loads(
  task: LoadTask,
  { runs, signal }: GraphBenchOptions,
): Promise<Pick<GraphRow, 'ours' | 'beside'>> {
  const times: LoadTimes[] = [];
  for (let run = 0; run < runs; run++) times.push(await timeLoad(task, signal));
  const medianOf = (key: keyof LoadTimes) => median(times.map((one) => one[key]));
  return {
    ours: times.map(({ ms }) => ms),
    beside: { cpu: medianOf('cpu'), firstAnswer: medianOf('firstAnswer') },
  };
}

async function savedLoads(
  task: LoadTask,
  options: GraphBenchOptions,
): Promise<Pick<GraphRow, 'ours' | 'beside'>> {
  const indexFolder = mkdtempSync(join(tmpdir(), 'pathact-bench-saved-'));
  try {
    // The first makes the index, which the others read.
    await timeLoad({ ...task, indexFolder }, options.signal);
    return await loads({ ...task, indexFolder }, options);
  } finally {
    rmSync(indexFolder, { recursive: true, force: true });
  }
}

async function peerLoaded(
  peer: GraphPeer,
  graph: PathwayGraph,
  contest: GraphContest,
  folder: string,
  note: (text: string) => void,
): Promise<number> {
  const graphml = join(folder, 'peer.graphml');
  const documents = join(folder, 'peer.json');
  writeFileSync(graphml, [...graphmlOf(graph)].join(''));
  writeFileSync(join(folder, 'peer-entries.json'), entriesJson(graph));
  writeFileSync(documents, JSON.stringify(contest.documents()));
  note('the peer is loading');
  return (await peer.load(graphml, documents)).ms;
}
