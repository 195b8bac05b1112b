import { expect, test } from 'vitest';
import { readGraphml } from '../../../graphs/import/networks/read-graphml.ts';
import { signedPairs, statedIn } from '../../helpers/statements.ts';
import { toyGraphml } from '../../helpers/toy-graph.ts';

test('BioMaze GraphML gives the same signs and processes as its own reader, and members of its groups', async () => {
  const stated = await statedIn(readGraphml, toyGraphml(), 'toy.graphml');
  expect(signedPairs(stated)).toHaveLength(8);
  expect(stated.relations.map(({ evidence }) => evidence.sign).join('')).toBe('+-0+00++');
  expect(stated.relations[1]?.processes.map(({ id }) => id)).toEqual(['hsa90010', 'hsa90020', 'N90001']);
  expect(stated.nodes.get('hsa:102 hsa:103')).toMatchObject({
    nodeKind: 'family',
    members: ['hsa:102', 'hsa:103'],
  });
  expect(stated.nodes.get('hsa:104')).toMatchObject({ label: 'GAMR', names: ['GR'], species: '9606' });
});

test('other programs write labels and interactions in their own places', async () => {
  const text =
    '<graphml><key id="k" for="node" attr.name="name"/><key id="i" for="edge" attr.name="interaction"/>' +
    '<graph edgedefault="directed"><node id="1"><data key="k">TP53</data></node>' +
    '<node id="2"><data key="g"><y:ShapeNode xmlns:y="urn:y"><y:NodeLabel>MDM2</y:NodeLabel></y:ShapeNode></data></node>' +
    '<edge source="1" target="2"><data key="i">activates</data></edge>' +
    '<edge source="2" target="1"><data key="i">inhibits</data></edge></graph></graphml>';
  expect(signedPairs(await statedIn(readGraphml, text))).toEqual(['TP53 + MDM2', 'MDM2 - TP53']);
});

test('nested graphs are read, undirected edges unsigned with a warning, hyperedges and loose edges counted', async () => {
  const text =
    '<graphml><graph edgedefault="undirected"><node id="a"><graph edgedefault="directed"><node id="b"/></graph></node>' +
    '<edge source="a" target="b"/><edge source="a"/><hyperedge/><node/></graph></graphml>';
  const stated = await statedIn(readGraphml, text);
  expect([...stated.nodes.keys()].sort()).toEqual(['a', 'b']);
  expect(stated.warnings).toEqual(['1 undirected edges are read from source to target, unsigned']);
  expect(stated.dropped).toEqual({ 'edges without two ends': 1, hyperedges: 1, 'nodes without an id': 1 });
});
