import { expect, test } from 'vitest';
import { readGml } from '../../../graphs/import/networks/read-gml.ts';
import { MalformedFileError } from '../../../src/errors.ts';
import { readTextWith, signedLines } from './collect.ts';

const read = (text: string) => readTextWith(readGml, text);
const two = 'node [ id 1 label "A" ] node [ id 2 name "B" ]';

test('nodes are called by their label or name, edges by their interaction or label', async () => {
  const found = await read(`Creator "us" # a comment with ]
    graph [ directed 1 label "Net"
      ${two}
      node [ id -3 label "&quot;C&quot; &#945; &unknown;" graphics [ type "ellipse" x 1.0 Line [ ] ] type "compound" ]
      edge [ source 1 target 2 label "activates" graphics [ width 2 ] ]
      edge [ source 2 target -3 interaction "inhibits" label "x" ]
    ]`);
  expect(signedLines(found)).toEqual(['1 + 2', '2 - -3']);
  expect(found.nodes.map(({ label, nodeKind }) => [label, nodeKind])).toEqual([
    ['A', 'other'],
    ['B', 'other'],
    ['"C" α &unknown;', 'compound'],
  ]);
  expect(found.relations[0]?.evidence).toMatchObject({ source: 'Net', type: 'activates' });
});

test('an undirected edge has no sign, whether it or its graph says so', async () => {
  const edges =
    'edge [ source 1 target 2 label "activates" ] edge [ source 2 target 1 label "activates" directed "Y" ]';
  expect(signedLines(await read(`graph [ directed 0 ${two} ${edges} ]`))).toEqual(['1 0 2', '2 + 1']);
  const own = await read(`graph [ ${two} edge [ source 1 target 2 label "activates" directed "N" ] ]`);
  expect(signedLines(own)).toEqual(['1 0 2']);
});

test('edges before their nodes count, dangling ones are dropped', async () => {
  const found =
    await read(`graph [ edge [ source 1 target 2 ] ${two} edge [ source 1 target 9 ] edge [ source 1 ]
    node [ label "no id" ] node [ id 1 label "again" ] ]`);
  expect(signedLines(found)).toEqual(['1 0 2']);
  expect(found.dropped).toEqual({
    'nodes without an id': 1,
    'edges to nodes that the file lacks': 1,
    'edges without both ends': 1,
  });
  expect(found.warnings.length).toBe(1);
});

test('a label across the edges of chunks stays whole', async () => {
  const label = 'long '.repeat(60_000);
  const found = await read(`graph [ node [ id 1 label "${label}" ] ]`);
  expect(found.nodes[0]?.label).toBe(label.trim());
});

test.each([
  ['no GML', 'a b', /:1: /],
  ['empty', '', /no graph/],
  ['without nodes', 'graph [ ]', /without nodes/],
  ['two graphs', `graph [ ${two} ] graph [ ${two} ]`, /more than one graph/],
  ['unclosed', `graph [\n node [\n id 1`, /:2: the file ends within the node of line 2/],
  ['closed twice', `graph [ ${two} ]\n]`, /:2: a \] too many/],
  ['without a value', 'graph [ node [ id ] ]', /no value for id/],
  ['without a closing quote', 'graph [ node [ id 1 label "A ] ]', /closing quote/],
  ['without a key', 'graph [ 12 13 ]', /where a key belongs/],
  ['nested too deep', `graph ${'[ a '.repeat(100)}`, /nested deeper/],
  ['endless', `graph [ node [ label "${'x'.repeat(2 * 2 ** 20)}`, /longer than/],
])('a file that is %s is refused with its line', async (_, text, message) => {
  const error = await read(text).catch((caught) => caught);
  expect(error).toBeInstanceOf(MalformedFileError);
  expect(error.message).toMatch(message);
});
