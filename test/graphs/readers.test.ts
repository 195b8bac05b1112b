import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonMembers } from '../../graphs/json-members.ts';
import { loadGraph, readGraph } from '../../graphs/load.ts';
import { PathactError } from '../../src/errors.ts';
import { folderWith, toyEntries, toyGraphml, writeToyGraph } from '../helpers/toy-graph.ts';

const graphmlFile = (content: string | Uint8Array, entries = '{}') =>
  join(folderWith({ 'g.graphml': content, 'overall_entries.json': entries }), 'g.graphml');

const graphmlOf = (body: string) =>
  `<graphml>\n<key id="t" for="edge" attr.name="subtypes"/>\n<graph edgedefault="directed">\n${body}\n</graph>\n</graphml>`;

const tables = {
  'processes.tsv': '# ours\nid\tname\tcategory\np1\tToy process\tSignal transduction\n',
  'nodes.tsv': [
    'id\tkind\tname\taliases\tncbi\tchebi',
    'AAA\tgene\talpha kinase\tAK1;AK-1\t101\t',
    'BBB\tgene\tbeta factor',
    'FAM\tfamily\tbeta family\t\t\t',
    'lonely\tprocess\tlonely process\t\t\t',
  ].join('\n'),
  'edges.tsv': [
    'head\ttail\trelation\tsubtypes\tsign\tprocess\tsource',
    'AAA\tBBB\tPPrel\tphosphorylation\t+\tp1\tPMID:1234',
    'AAA\tBBB\tGErel\trepression\t-\t\t',
    'BBB\tFAM\tisa\t\t0\t\t',
    'AAA\tAAA\tPPrel\tactivation\t+\t\t',
  ].join('\r\n'),
};

describe('GraphML', () => {
  test('groups, names and processes are read with their entries', async () => {
    const graph = await loadGraph(writeToyGraph());
    expect(graph.getNodeAttributes('hsa:102 hsa:103')).toMatchObject({
      names: ['BETA1', 'BET-1', 'BETB'],
      entities: [
        { id: '102', names: ['beta adaptor one', 'BETA1', 'BET-1'] },
        { id: '103', names: ['beta adaptor two', 'BETB'] },
      ],
      kind: 'family',
    });
    expect(graph.getAttributes()).toMatchObject({ name: 'toy', idScheme: 'kegg' });
    expect(graph.getAttribute('hash')).toMatch(/^[0-9a-f]{64}$/);
  });

  test('without a corpus, boxes name the nodes and ids the processes', async () => {
    const file = join(folderWith({ 'bare.graphml': toyGraphml() }), 'bare.graphml');
    const graph = await loadGraph(file);
    expect(graph.getNodeAttribute('hsa:101', 'names')).toEqual(['ALFK1', 'AK1']);
    expect(graph.getEdgeAttribute('hsa:101->hsa:102 hsa:103', 'processes')).toEqual([
      { id: 'hsa90010', name: 'hsa90010' },
    ]);
  });

  test('parallel edges become one that keeps every statement and says when they disagree', async () => {
    const edge = (subtype: string) =>
      `<edge source="hsa:1" target="hsa:2"><data key="t">[{"name": "${subtype}"}]</data></edge>`;
    const nodes = '<node id="hsa:1"/><node id="hsa:2"/>';
    const file = graphmlFile(
      graphmlOf(`${edge('activation')}${nodes}${edge('inhibition')}${edge('binding')}`),
    );
    const { graph, report } = await readGraph(file);
    expect(report).toMatchObject({ nodes: 2, edges: 1, merged: 2 });
    const attributes = graph.getEdgeAttributes('hsa:1->hsa:2');
    expect(attributes.sign).toBe('conflict');
    expect(attributes.evidences.map(({ sign }) => sign)).toEqual(['+', '-', '0']);
    expect(attributes.subtypes).toEqual(['activation', 'inhibition', 'binding']);
  });

  test.each([
    ['a DOCTYPE', '<!DOCTYPE x [<!ENTITY a "aa">]>\n<graphml/>', /:1: a DOCTYPE is not allowed/],
    ['an entity of its own', graphmlOf('<node id="&lol;"/>'), /:4: .*entity/],
    ['a truncated file', toyGraphml().slice(0, 1500), /g\.graphml:\d+: unclosed tag/],
    ['no graph', '<html></html>', /:1: no <graph> element/],
    ['an undirected graph', '<graphml><graph edgedefault="undirected"/></graphml>', /undirected/],
    [
      'an edge to nowhere',
      graphmlOf('<node id="a"/>\n<edge source="a" target="b"/>'),
      /:5: edge names node "b"/,
    ],
    ['a node twice', graphmlOf('<node id="a"/>\n<node id="a"/>'), /:5: node "a" is defined twice/],
    ['an edge without ends', graphmlOf('<edge source="a"/>'), /:4: <edge> without target/],
    [
      'a broken JSON attribute',
      graphmlOf('<node id="a"/><node id="b"/>\n<edge source="a" target="b"><data key="t">[{</data></edge>'),
      /:5: attribute "subtypes" does not hold the JSON/,
    ],
    ['a key with an arrow', graphmlOf('<node id="a-&gt;b"/>'), /:4: "a->b" is no id/],
    ['a node without an id', graphmlOf('<node id=""/>'), /:4: a node without an id/],
    ['deep nesting', `<graphml>${'<a>'.repeat(100)}`, /nested deeper than 16/],
    [
      'a text without end',
      graphmlOf(`<node id="a"><data key="d">${'x'.repeat(2 ** 20 + 1)}`),
      /a text longer than/,
    ],
    ['bytes that are no text', new Uint8Array([0x3c, 0xff, 0xfe, 0x00]), /not UTF-8 text/],
    ['nothing', '', /g\.graphml:1: /],
  ])('%s is refused, naming the file and the line', async (_, content, message) => {
    const error = await loadGraph(graphmlFile(content)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(PathactError);
    expect((error as PathactError).message).toMatch(message);
    expect((error as PathactError).message).not.toContain('\n');
    expect((error as PathactError).hint).toBeDefined();
  });

  test.each([
    ['{"1": {"main_entry"', /overall_entries\.json: not one JSON object \(it is cut off/],
    ['[]', /not one JSON object/],
    ['{} {}', /not one JSON object/],
    ['{"1": {"main_entry": {}},}', /not one JSON object after entry "1"/],
    ['{"1": {"main_entry": {}}, "2": \nx}', /not one JSON object after entry "1"/],
    ['{"1": {}}', /entry "1" has no "main_entry" object/],
    [
      `{"1": {"main_entry": {"NAME": ${'['.repeat(5000)}${']'.repeat(5000)}}}}`,
      /entry "1": NAME is nested deeper/,
    ],
  ])('a broken corpus %s is refused', async (entries, message) => {
    await expect(loadGraph(graphmlFile(toyGraphml(), entries))).rejects.toThrow(message);
  });

  test('the corpus keeps the order of its file, where numbers need not come first', async () => {
    const ids = ['C90002', '103', 'hsa90010', '101', '102', 'a "quoted" \\ {id}, 1'];
    const entries = JSON.stringify(
      Object.fromEntries(ids.map((id) => [`_${id}`, { main_entry: { NAME: [id] } }])),
    );
    const graph = await loadGraph(graphmlFile(toyGraphml(), entries.replaceAll('"_', '"')));
    expect([...graph.getAttribute('entries')].map(([id, entry]) => [id, entry.NAME])).toEqual(
      ids.map((id) => [id, [id]]),
    );
  });

  test('any damage to the file ends in a graph or in one explained error', async () => {
    const whole = toyGraphml();
    const damage = fc.record({
      at: fc.nat(whole.length),
      cut: fc.nat(60),
      insert: fc.oneof(
        fc.constant(''),
        fc.string({ maxLength: 8 }),
        fc.constantFrom('<', '&', ']]>', '<node', '"'),
      ),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, cut, insert }) => {
        const text = whole.slice(0, at) + insert + whole.slice(at + cut);
        const ending = await loadGraph(graphmlFile(text, toyEntries())).catch((e: unknown) => e);
        if (ending instanceof Error) {
          expect(ending).toBeInstanceOf(PathactError);
          expect(ending.message.split('\n')).toHaveLength(1);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('reading stops when it is told to', async () => {
    await expect(loadGraph(writeToyGraph(), {}, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});

describe('our tables', () => {
  test('nodes, aliases, cross references and signs are read; parallel edges keep their statements', async () => {
    const { graph, report } = await readGraph(folderWith(tables));
    expect(report).toEqual({
      nodes: 3,
      edges: 2,
      merged: 1,
      dropped: { 'self-loop edges': 1, 'nodes without edges': 1 },
    });
    expect(graph.getNodeAttributes('AAA')).toEqual({
      entities: [{ id: 'AAA', names: ['alpha kinase', 'AK1', 'AK-1'] }],
      names: ['alpha kinase', 'AK1', 'AK-1'],
      label: 'AAA',
      kind: 'gene',
      xrefs: { ncbi: '101' },
    });
    const edge = graph.getEdgeAttributes('AAA->BBB');
    expect(edge).toMatchObject({
      type: 'PPrel',
      sign: 'conflict',
      processes: [{ id: 'p1', name: 'Toy process' }],
    });
    expect(edge.evidences.map(({ source, pmids }) => [source, pmids])).toEqual([['PMID:1234', ['1234']], ['', []]]); // biome-ignore format: pairs
  });

  test.each([
    ['nodes.tsv', 'AAA\tgene\tagain\n', /nodes\.tsv:6: "AAA" is defined twice/],
    ['nodes.tsv', 'two words\tgene\tx\n', /nodes\.tsv:6: "two words" is no id/],
    ['nodes.tsv', 'CCC\tplanet\tx\n', /nodes\.tsv:6: "planet" is no kind/],
    ['nodes.tsv', `CCC\tgene${'\tx'.repeat(9)}\n`, /nodes\.tsv:6: 11 cells under 6 columns/],
    ['edges.tsv', 'AAA\tZZZ\tPPrel\t\t+\t\t\n', /edges\.tsv:6: "ZZZ" is not in nodes\.tsv/],
    ['edges.tsv', 'AAA\tFAM\tPPrel\t\tup\t\t\n', /edges\.tsv:6: "up" is no sign/],
    ['edges.tsv', 'AAA\tFAM\tPPrel\t\t+\tp9\t\n', /edges\.tsv:6: "p9" is not in processes\.tsv/],
  ] as const)('a wrong row of %s is refused: %s', async (file, row, message) => {
    const folder = folderWith({ ...tables, [file]: `${tables[file]}\n${row}` });
    await expect(loadGraph(folder)).rejects.toThrow(message);
  });

  test('a missing column and a missing table are named', async () => {
    const headless = folderWith({ ...tables, 'edges.tsv': 'head\ttail\n' });
    await expect(loadGraph(headless)).rejects.toThrow(/edges\.tsv:1: the header row lacks relation, sign/);
    const { 'edges.tsv': _, ...two } = tables;
    await expect(loadGraph(folderWith(two))).rejects.toThrow(/cannot read .*edges\.tsv/);
  });
});

test('any damage to a table ends in a graph or in one explained error', async () => {
  const file = fc.constantFrom('processes.tsv', 'nodes.tsv', 'edges.tsv');
  const damage = fc.record({ file, at: fc.nat(400), cut: fc.nat(40), insert: fc.string({ maxLength: 6 }) });
  await fc.assert(
    fc.asyncProperty(damage, async ({ file, at, cut, insert }) => {
      const whole = tables[file as keyof typeof tables];
      const broken = whole.slice(0, at) + insert + whole.slice(at + cut);
      const ending = await loadGraph(folderWith({ ...tables, [file]: broken })).catch((e: unknown) => e);
      if (ending instanceof Error) {
        expect(ending).toBeInstanceOf(PathactError);
        expect(ending.message.split('\n')).toHaveLength(1);
      }
    }),
  );
});

test('the members of a JSON object are those of JSON.parse, however its text is cut', async () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
  await fc.assert(
    fc.asyncProperty(object, fc.nat(3), fc.integer({ min: 1, max: 7 }), async (value, indent, size) => {
      const text = JSON.stringify(value, null, indent);
      async function* chunks() {
        for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
      }
      const members: [string, unknown][] = [];
      for await (const { name, value } of jsonMembers(chunks())) members.push([name, value]);
      expect(Object.fromEntries(members)).toEqual(JSON.parse(text));
    }),
  );
});

test('words that JavaScript objects know are refused as ids and are words like others elsewhere', async () => {
  for (const id of ['__proto__', 'constructor', 'toString']) {
    await expect(loadGraph(graphmlFile(graphmlOf(`<node id="${id}"/>`)))).rejects.toThrow(
      /is a reserved word/,
    );
  }
  const file = graphmlFile(
    graphmlOf(
      '<node id="constructor:1"/><node id="a"/>' +
        '<edge source="constructor:1" target="a"><data key="t">[{"name": "constructor"}]</data></edge>',
    ),
    '{"__proto__": {"main_entry": {"constructor": ["x"]}}}',
  );
  const graph = await loadGraph(file);
  expect(graph.getNodeAttribute('constructor:1', 'kind')).toBe('other');
  expect(graph.mapEdges((_edge, { sign }) => sign)).toEqual(['0']);
});

test('what is no graph at all is told apart from what is broken', async () => {
  await expect(loadGraph('/nowhere/at/all')).rejects.toMatchObject({ exitCode: 4 });
  await expect(loadGraph(join(folderWith({ 'x.csv': '' }), 'x.csv'))).rejects.toMatchObject({ exitCode: 2 });
});
