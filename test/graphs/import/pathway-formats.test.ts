import { expect, test } from 'vitest';
import { importFiles } from '../../../graphs/import/import-files.ts';
import { lacksSharedData, sharedData } from '../../helpers/shared-data.ts';

/** What importing each file alone gives: nodes, edges, signs, what was dropped, warnings. */
const expected: Record<string, object> = {
  'graphml/atted.graphml': { nodes: 41, edges: 118, merged: 0, dropped: {}, plus: 0, minus: 0, warnings: 1 },
  'graphml/desc.graphml': { nodes: 2, edges: 1, merged: 0, dropped: {}, plus: 0, minus: 0, warnings: 0 },
  'graphml/nested.xml': {
    nodes: 11,
    edges: 12,
    merged: 0,
    dropped: { 'nodes without relations': 3 },
    plus: 0,
    minus: 0,
    warnings: 1,
  },
  'graphml/simple.graphml': { nodes: 11, edges: 12, merged: 0, dropped: {}, plus: 0, minus: 0, warnings: 0 },
  'graphml/simpleWithAttributes.xml': {
    nodes: 6,
    edges: 7,
    merged: 0,
    dropped: {},
    plus: 0,
    minus: 0,
    warnings: 1,
  },
  'graphml/yFilesSample.xml': { nodes: 3, edges: 3, merged: 0, dropped: {}, plus: 0, minus: 0, warnings: 0 },
  'sif/SIF-Japanese.sif': { nodes: 6, edges: 3, merged: 0, dropped: {}, plus: 0, minus: 0, warnings: 0 },
  'sif/degenerate.sif': {
    nodes: 0,
    edges: 0,
    merged: 0,
    dropped: { 'nodes without relations': 9 },
    plus: 0,
    minus: 0,
    warnings: 0,
  },
  'sif/korkut_stmts.sif': {
    nodes: 142,
    edges: 297,
    merged: 0,
    dropped: { 'nodes without relations': 70, 'relations of weight 0': 670, 'self-loop edges': 4 },
    plus: 261,
    minus: 36,
    warnings: 0,
  },
  'sif/multiWordProteins.sif': {
    nodes: 28,
    edges: 30,
    merged: 1,
    dropped: {},
    plus: 0,
    minus: 0,
    warnings: 0,
  },
  'sif/multiWordProteinsFileTrailingSpaces.sif': {
    nodes: 28,
    edges: 30,
    merged: 1,
    dropped: {},
    plus: 0,
    minus: 0,
    warnings: 0,
  },
  'sif/orphanFirst.sif': {
    nodes: 2,
    edges: 1,
    merged: 0,
    dropped: { 'nodes without relations': 2 },
    plus: 0,
    minus: 0,
    warnings: 0,
  },
  'signor/SIGNOR-AC.tsv': { nodes: 5, edges: 4, merged: 2, dropped: {}, plus: 4, minus: 0, warnings: 0 },
  'signor/SIGNOR-IL1R.tsv': { nodes: 3, edges: 2, merged: 1, dropped: {}, plus: 2, minus: 0, warnings: 0 },
  'signor/SIGNOR-smallmol.tsv': {
    nodes: 13,
    edges: 9,
    merged: 5,
    dropped: {},
    plus: 8,
    minus: 1,
    warnings: 0,
  },
  'signor/signor_test_complexes.csv': {
    nodes: 0,
    edges: 0,
    merged: 0,
    dropped: { 'nodes without relations': 30 },
    plus: 0,
    minus: 0,
    warnings: 0,
  },
  'signor/signor_test_data.csv': {
    nodes: 28,
    edges: 17,
    merged: 1,
    dropped: { 'nodes without relations': 2, 'self-loop edges': 2 },
    plus: 10,
    minus: 7,
    warnings: 0,
  },
};

test.skipIf(lacksSharedData('pathway-formats')).each(Object.entries(expected))(
  '%s',
  async (file, outcome) => {
    const { report, warnings, graph } = await importFiles([sharedData(`pathway-formats/${file}`)], {
      name: 'x',
    });
    const { nodes, edges, merged, dropped } = report;
    const signs = graph.mapEdges((_edge, { sign }) => sign);
    const count = (sign: string) => signs.filter((found) => found === sign).length;
    expect({
      nodes,
      edges,
      merged,
      dropped,
      plus: count('+'),
      minus: count('-'),
      warnings: warnings.length,
    }).toEqual(outcome);
  },
);
