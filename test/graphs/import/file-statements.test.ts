import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFile } from '../../../graphs/import/file-statements.ts';
import { readGraphml } from '../../../graphs/import/networks/read-graphml.ts';
import { folderWith, toyGraphml } from '../../helpers/toy-graph.ts';

const file = () => join(folderWith({ 'toy.graphml': toyGraphml() }), 'toy.graphml');

test('a large file states the same relations, and of its nodes only those with relations and their members', async () => {
  const whole = await readFile(file(), readGraphml);
  const large = await readFile(file(), readGraphml, undefined, 0);
  expect(large.relations).toEqual(whole.relations);
  expect([...whole.nodes.keys()].filter((id) => !large.nodes.has(id))).toEqual(['hsa:106']);
  expect([...large.nodes.keys()]).toContain('hsa:103');
  for (const [id, node] of large.nodes) expect(node).toEqual(whole.nodes.get(id));
});

test('a relation stated again joins its citations and is counted', async () => {
  const evidence = {
    source: 's',
    type: 't',
    subtypes: [],
    sign: '+' as const,
    process: undefined,
    licence: undefined,
  };
  async function* read() {
    for (const id of ['a', 'b']) {
      yield { kind: 'node' as const, id, label: id, names: [], nodeKind: 'gene' as const, references: [] };
    }
    for (const pmids of [['1'], ['1', '2']]) {
      yield {
        kind: 'relation' as const,
        head: 'a',
        tail: 'b',
        processes: [],
        evidence: { ...evidence, pmids },
      };
    }
  }
  const { relations, repeated } = await readFile(file(), read);
  expect(repeated).toBe(1);
  expect(relations.map(({ evidence: { pmids } }) => pmids)).toEqual([['1', '2']]);
});
