import { expect, test } from 'vitest';
import { readCx2 } from '../../../graphs/import/networks/read-cx2.ts';
import { MalformedFileError } from '../../../src/errors.ts';
import { readTextWith, signedLines } from './collect.ts';

const version = { CXVersion: '2.0', hasFragments: false };
const read = (...fragments: unknown[]) => readTextWith(readCx2, JSON.stringify([version, ...fragments]));

test('short names and defaults are those that the file declares', async () => {
  const found = await read(
    {
      attributeDeclarations: [
        {
          nodes: { name: { a: 'n' }, represents: { a: 'r' }, type: { d: 'string', v: 'Protein' } },
          edges: { interaction: { a: 'i', v: 'inhibits' }, directed: { d: 'boolean' } },
        },
      ],
    },
    { networkAttributes: [{ name: 'Net', organism: 'Homo sapiens' }] },
    {
      nodes: [
        { id: 0, x: 1, y: 2, v: { n: 'MDK', r: 'uniprot:P21741' } },
        { id: 1, v: { n: 'ATP', type: 'SmallMolecule' } },
      ],
    },
    {
      edges: [
        { id: 0, s: 0, t: 1 },
        { id: 1, s: 1, t: 0, v: { i: 'activates', directed: false } },
      ],
    },
  );
  expect(signedLines(found)).toEqual(['0 - 1', '1 0 0']);
  expect(found.nodes).toMatchObject([
    { label: 'MDK', nodeKind: 'gene', species: '9606', references: [{ system: 'uniprot', id: 'P21741' }] },
    { label: 'ATP', nodeKind: 'compound' },
  ]);
  expect(found.relations[0]?.processes).toEqual([{ id: 'Net', name: 'Net' }]);
});

test('faulty elements and dangling edges are counted', async () => {
  const found = await read(
    { attributeDeclarations: [{ nodes: 1 }] },
    { nodes: [{ id: 0 }, { id: 0 }, { x: 1 }] },
    { edges: [{ id: 0, s: 0, t: 5 }, { id: 1 }] },
    { status: [{ success: false }] },
  );
  expect(found.dropped).toEqual({
    'faulty elements of attributeDeclarations': 1,
    'faulty elements of nodes': 1,
    'faulty elements of edges': 1,
    'edges to nodes that the file lacks': 1,
  });
  expect(found.warnings.length).toBe(2);
});

test.each([
  ['CX', '[{"nodes": [{"@id": 1}]}]'],
  ['of another version', '[{"CXVersion": "3.0"}]'],
  ['empty of nodes', '[{"CXVersion": "2.0"}, {"nodes": []}]'],
  ['cut off', '[{"CXVersion": "2.0"}, {"nodes": [{"id": 1}'],
])('a file that is %s is refused', async (_, text) => {
  await expect(readTextWith(readCx2, text)).rejects.toThrow(MalformedFileError);
});
