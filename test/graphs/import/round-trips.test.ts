import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { GraphBuilder } from '../../../graphs/graph-builder.ts';
import { importFiles } from '../../../graphs/import/import-files.ts';
import { readSif } from '../../../graphs/import/networks/read-sif.ts';
import { loadGraph, readGraph } from '../../../graphs/load.ts';
import { type Evidence, nodeKinds, type PathwayGraph } from '../../../graphs/pathway-graph.ts';
import { readStoredGraph, writeStoredGraph } from '../../../graphs/stored-graph.ts';
import { cx2Of } from '../../../graphs/write-cx2.ts';
import { entriesJson, graphmlOf, sifOf } from '../../../graphs/write-graph.ts';
import { jsonOf } from '../../../graphs/write-json.ts';
import { tablesOf } from '../../../graphs/write-tsv.ts';
import { statedIn } from '../../helpers/statements.ts';
import { folderWith, writeToyGraph } from '../../helpers/toy-graph.ts';

const word = fc
  .stringMatching(/^[A-Za-z0-9αβ'",&<>|+-]{1,8}$/)
  .filter((text) => !(text in Object.prototype) && !text.includes('->'));
const evidence: fc.Arbitrary<Evidence> = fc.record({
  source: word,
  type: word,
  subtypes: fc.uniqueArray(word, { maxLength: 2 }),
  sign: fc.constantFrom('+', '-', '0', 'conflict'),
  process: fc.option(fc.constantFrom('p1', 'p2'), { nil: undefined }),
  pmids: fc.uniqueArray(fc.nat(9999).map(String), { maxLength: 2 }),
  licence: fc.option(word, { nil: undefined }),
});
const node = fc.record({
  key: word,
  label: word,
  kind: fc.constantFrom(...nodeKinds),
  names: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
  xrefs: fc.dictionary(fc.constantFrom('uniprot', 'ncbi', 'chebi', 'hmdb'), word, {
    maxKeys: 2,
    noNullPrototype: true,
  }),
});
const edge = fc.record({
  head: fc.nat(),
  tail: fc.nat(),
  evidences: fc.array(evidence, { minLength: 1, maxLength: 3 }),
});

/** Graphs with every kind of node and evidence. */
const graphs = fc
  .record({
    nodes: fc.uniqueArray(node, { minLength: 2, maxLength: 5, selector: ({ key }) => key }),
    edges: fc.array(edge, { minLength: 1, maxLength: 6 }),
  })
  .map(({ nodes, edges }) => {
    const builder = new GraphBuilder();
    for (const { key, ...rest } of nodes)
      builder.addNode(key, { entities: [{ id: key, names: rest.names }], ...rest });
    const keyAt = (place: number) => nodes[place % nodes.length]?.key as string;
    for (const { head, tail, evidences } of edges) {
      for (const each of evidences) {
        const processes =
          each.process === undefined ? [] : [{ id: each.process, name: `Process ${each.process}` }];
        builder.addEdge({ head: keyAt(head), tail: keyAt(tail), processes, evidence: each });
      }
    }
    const processes = new Map(['p1', 'p2'].map((id) => [id, { NAME: [`Process ${id}`], CLASS: ['toy'] }]));
    const entries = new Map(nodes.map(({ key, label, names }) => [key, { SYMBOL: [label], NAME: names }]));
    return builder.finish({
      name: 'toy',
      source: 'here',
      licence: undefined,
      hash: '',
      idScheme: 'plain',
      entries,
      processes,
    }).graph;
  });

/** All that nodes and edges hold, in order. */
const contentOf = (graph: PathwayGraph) => ({
  nodes: graph.mapNodes((key, attributes) => ({ key, ...attributes })),
  edges: graph.mapEdges((key, attributes) => ({ key, ...attributes })),
});

const elementSchema = z.looseObject({
  name: z.string().optional(),
  elementCount: z.number().optional(),
  s: z.number().optional(),
  t: z.number().optional(),
  v: z.record(z.string(), z.unknown()).optional(),
  nodes: z.record(z.string(), z.unknown()).optional(),
  edges: z.record(z.string(), z.unknown()).optional(),
});
type CxElement = z.infer<typeof elementSchema>;
const aspectsSchema = z.array(
  z.record(z.string(), z.union([z.array(elementSchema), z.string(), z.boolean()])),
);

const text = (chunks: Iterable<string>) => [...chunks].join('');

describe('a graph comes back whole', () => {
  test('from its stored form, with the hash that writing gave', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async (graph) => {
        const folder = folderWith({});
        const hash = await writeStoredGraph(folder, graph);
        const back = await readStoredGraph(folder);
        expect(contentOf(back.graph)).toEqual(contentOf(graph));
        expect(back.graph.getAttributes()).toEqual({ ...graph.getAttributes(), hash });
      }),
      { numRuns: 50 },
    );
  });

  test('from JSON', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async (graph) => {
        const back = await loadGraph(join(folderWith({ 'x.json': text(jsonOf(graph)) }), 'x.json'));
        expect(contentOf(back)).toEqual(contentOf(graph));
        expect(back.getAttribute('entries')).toEqual(graph.getAttribute('entries'));
      }),
      { numRuns: 50 },
    );
  });

  test('from GraphML with its corpus, evidences and cross references included', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async (graph) => {
        const files = { 'x.graphml': text(graphmlOf(graph)), 'overall_entries.json': entriesJson(graph) };
        const back = contentOf(await loadGraph(join(folderWith(files), 'x.graphml')));
        const { nodes, edges } = contentOf(graph);
        // The corpus names entities by rules of its own (spec §1.7).
        const bare = (list: typeof nodes) => list.map(({ entities: _, ...rest }) => rest);
        expect(bare(back.nodes)).toEqual(bare(nodes));
        expect(back.edges).toEqual(edges);
      }),
      { numRuns: 50 },
    );
  });

  test('from our tables', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async (graph) => {
        const files = Object.fromEntries(
          Object.entries(tablesOf(graph)).map(([file, rows]) => [file, text(rows)]),
        );
        const back = contentOf(await loadGraph(folderWith(files)));
        const { nodes, edges } = contentOf(graph);
        const bare = (list: typeof nodes) =>
          list.map(({ key, label, kind, xrefs }) => ({ key, label, kind, xrefs }));
        expect(bare(back.nodes)).toEqual(bare(nodes));
        const told = (list: typeof edges) =>
          list.map(({ key, sign, evidences }) => ({
            key,
            sign,
            evidences: evidences.map(({ process: _, ...rest }) => rest),
          }));
        expect(told(back.edges)).toEqual(told(edges));
        expect(back.edges.map(({ processes }) => new Set(processes.map(({ id }) => id)))).toEqual(
          edges.map(({ processes }) => new Set(processes.map(({ id }) => id))),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('a KEGG graph keeps its keys and corpus in the stored form and in JSON', async () => {
    const graph = await loadGraph(writeToyGraph());
    const folder = folderWith({ 'x.json': text(jsonOf(graph)) });
    mkdirSync(join(folder, 'stored'));
    await writeStoredGraph(join(folder, 'stored'), graph);
    for (const back of [await loadGraph(join(folder, 'x.json')), await loadGraph(join(folder, 'stored'))]) {
      expect(contentOf(back)).toEqual(contentOf(graph));
      expect(back.getAttribute('idScheme')).toBe('kegg');
      expect(back.getAttribute('processes').get('hsa90010')).toEqual(
        graph.getAttribute('entries').get('hsa90010'),
      );
    }
  });
});

test('SIF keeps every pair', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async (graph) => {
      const stated = await statedIn(readSif, text(sifOf(graph)), 'x.sif');
      const pairs = stated.relations.map(({ head, tail }) => `${head}->${tail}`);
      expect(pairs).toEqual(graph.edges());
    }),
    { numRuns: 50 },
  );
});

test('CX2 is sound JSON whose counts, ids and attributes are those of the graph', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const aspects = aspectsSchema.parse(JSON.parse(text(cx2Of(graph))));
      const find = (name: string) => (aspects.find((aspect) => name in aspect)?.[name] ?? []) as CxElement[];
      expect(aspects[0]).toEqual({ CXVersion: '2.0', hasFragments: false });
      expect(aspects.at(-1)).toEqual({ status: [{ success: true, error: '' }] });
      for (const { name = '', elementCount } of find('metaData'))
        expect(find(name)).toHaveLength(elementCount ?? -1);
      const keys = find('nodes').map(({ v }) => v?.represents);
      expect(keys).toEqual(graph.nodes());
      const edges = find('edges').map(({ s = -1, t = -1 }) => `${keys[s]}->${keys[t]}`);
      expect(edges).toEqual(graph.edges());
      const declared = find('attributeDeclarations')[0];
      for (const part of ['nodes', 'edges'] as const) {
        for (const { v } of find(part))
          expect(Object.keys(declared?.[part] ?? {})).toEqual(Object.keys(v ?? {}));
      }
    }),
    { numRuns: 50 },
  );
});

test('a stored graph can be merged again, evidences and members kept', async () => {
  const files = {
    'a.sif': 'TP53 activates MDM2\nMDM2 inhibits TP53\n',
    'b.tsv':
      'entitya\ttypea\tida\tdatabasea\tentityb\ttypeb\tidb\tdatabaseb\teffect\tpmid\tsignor_id\n' +
      'TP53\tprotein\tP04637\tUNIPROT\tMDM2\tprotein\tQ00987\tUNIPROT\tup-regulates\t1\tSIGNOR-1\n',
  };
  const first = await importFiles([folderWith(files)], { name: 'first' });
  const folder = folderWith({});
  await writeStoredGraph(folder, first.graph);
  const second = await importFiles([folder], { name: 'second' });
  expect(contentOf(second.graph)).toEqual(contentOf(first.graph));
});

test.each([
  ['nodes.jsonl', '{"key":"x"}\n', /nodes\.jsonl:3: not a record/],
  [
    'edges.jsonl',
    '{"head":"A","tail":"Z","type":"","subtypes":[],"sign":"0","processes":[],"evidences":[]}\n',
    /edges\.jsonl:2: edge names node "Z"/,
  ],
  ['graph.json', 'x', /graph\.json:1: not a record/],
])('a damaged %s of a stored graph is explained', async (file, more, message) => {
  const { graph } = await importFiles([folderWith({ 'a.sif': 'A pp B\n' })], { name: 'x' });
  const folder = folderWith({});
  await writeStoredGraph(folder, graph);
  writeFileSync(join(folder, file), readFileSync(join(folder, file), 'utf8') + more);
  await expect(readGraph(folder)).rejects.toThrow(message);
});
