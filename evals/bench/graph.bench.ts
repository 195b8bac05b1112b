import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphIndex } from '../../graphs/graph-index.ts';
import { loadGraph } from '../../graphs/load.ts';
import { createSearch } from '../../graphs/search.ts';
import { PrizedGraph, type Prizes } from '../../graphs/steiner/prized-graph.ts';
import { Corpus } from '../../graphs/text/corpus.ts';
import { TfIdf } from '../../graphs/text/tf-idf.ts';
import { keggSize, syntheticPathways } from './synthetic-pathways.ts';

/** One measurement; times in milliseconds. */
export interface GraphMeasurement {
  bench: 'graph';
  what: string;
  median: number;
  least: number;
  most: number;
  runs: number;
  machine: string;
  nodes: number;
  edges: number;
}

const queries = ['w12 w340 w7', 'w5210 w88', 'w3 w2900 w41 w1200', 'w77', 'w640 w9 w15 w4000'];

/** Times loading, indexing, searching and solving on a synthetic graph of KEGG's size (8,939 nodes, 15,131 edges). */
export async function* measureGraphs(signal?: AbortSignal): AsyncGenerator<GraphMeasurement> {
  const folder = mkdtempSync(join(tmpdir(), 'pathact-bench-'));
  try {
    const { graphml, entries } = syntheticPathways(keggSize, 1);
    writeFileSync(join(folder, 'graph.graphml'), graphml);
    writeFileSync(join(folder, 'overall_entries.json'), entries);
    const graph = await loadGraph(folder, {}, signal);
    const describe = (what: string, times: number[]): GraphMeasurement => ({
      bench: 'graph',
      what,
      ...spread(times),
      machine: cpus()[0]?.model ?? 'unknown',
      nodes: graph.order,
      edges: graph.size,
    });
    yield describe('load', await timesOf(3, () => loadGraph(folder, {}, signal)));
    yield describe('index', await timesOf(3, () => createSearch(graph)));
    for (const mode of ['better', 'compat'] as const) {
      const search = createSearch(graph, { mode });
      for (const query of queries) search.global([query]);
      const times = await timesOf(5 * queries.length, (run) =>
        search.global([queries[run % queries.length]!]),
      );
      yield describe(`global search, ${mode}`, times);
      const [triple] = search.global([queries[0]!]).triples;
      if (triple) {
        yield describe(
          `local search, ${mode}`,
          await timesOf(10, () => search.aroundTriple(triple, queries[1]!)),
        );
      }
    }
    const { prized } = prizedGraph(graph);
    for (const cost of [0.02, 0.1, 0.3]) {
      yield describe(`one solve at cost ${cost}`, await timesOf(30, () => prized.solve(cost, 1)));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function prizedGraph(graph: Awaited<ReturnType<typeof loadGraph>>): { prized: PrizedGraph; prizes: Prizes } {
  const index = new GraphIndex(graph);
  const corpus = new Corpus(index, 'compat');
  const best = (table: typeof corpus.nodes, topk: number) => {
    const prizes = new Float64Array(table.size);
    for (const hit of new TfIdf(table).search(queries.join(' '), topk)) prizes[hit.document] = hit.score;
    return prizes;
  };
  const prizes = { nodes: best(corpus.nodes, 128), edges: best(corpus.edges, 512) };
  return { prized: new PrizedGraph(graph.order, index.heads, index.tails, prizes), prizes };
}

async function timesOf(runs: number, work: (run: number) => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work(run);
    times.push(performance.now() - start);
  }
  return times;
}

function spread(times: readonly number[]): { median: number; least: number; most: number; runs: number } {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2));
  return { median: at(0.5), least: at(0), most: at(1), runs: sorted.length };
}
