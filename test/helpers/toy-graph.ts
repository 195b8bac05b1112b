import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The toy corpus of spec §8.1. */
export const toyCorpus: Record<string, Record<string, string[]>> = {
  '101': {
    SYMBOL: ['ALFK1, AK1'],
    NAME: ['(RefSeq) alpha kinase one'],
    ORTHOLOGY: ['K90001 alpha kinase'],
    BRITE: ['Enzymes; kinase'],
  },
  '102': { SYMBOL: ['BETA1, BET-1'], NAME: ['(RefSeq) beta adaptor one'] },
  '103': { SYMBOL: ['BETB'], NAME: ['(RefSeq) beta adaptor two'] },
  '104': { SYMBOL: ['GAMR, GR'], NAME: ['(RefSeq) gamma receptor'] },
  '105': { SYMBOL: ['DELT'], NAME: ['(RefSeq) delta factor'] },
  '106': { SYMBOL: ['ISOL'], NAME: ['(RefSeq) isolated gene'] },
  C90001: { NAME: ['Zeta acid;', '1,4,5-Zetate'], FORMULA: ['C6H12O6'], COMMENT: ['ligand of alpha kinase'] },
  C90002: { NAME: ['Omega ion'] },
  C90003: { NAME: ["Omega 5'-phosphate"] },
  hsa90010: {
    NAME: ['Toy signaling pathway - Homo sapiens (human)'],
    DESCRIPTION: ['Signals from alpha kinase to gamma receptor.'],
  },
  hsa90020: {
    NAME: ['Toy infection - Homo sapiens (human)'],
    DESCRIPTION: ['Infection by toy virus raises delta factor.'],
  },
  N90001: { NAME: ['Omega to gamma signaling'], CLASS: ['nt90001 Toy'] },
};

const nodes: [key: string, boxLabel: string][] = [
  ['hsa:101', 'ALFK1, AK1...'],
  ['hsa:102 hsa:103', 'BETA1, BET-1, BETB...'],
  ['cpd:C90001', 'C90001'],
  ['hsa:104', 'GAMR, GR'],
  ['hsa:105', 'DELT'],
  ['path:hsa90010', 'Toy signaling pathway'],
  ['cpd:C90002 cpd:C90003', 'C90002'],
  ['hsa:106', 'ISOL'],
];

type EdgeRow = [
  head: number,
  tail: number,
  type: string,
  subtypes: string[],
  maps: string[],
  networks: string[],
];
const edges: EdgeRow[] = [
  [0, 1, 'PPrel', ['activation', 'phosphorylation', 'activation'], ['hsa90010'], []],
  [1, 3, 'PPrel', ['inhibition'], ['hsa90010', 'hsa90020'], ['N90001']],
  [2, 0, 'PCrel', [], ['hsa90020'], []],
  [3, 4, 'GErel', ['expression'], ['hsa90020'], []],
  [4, 5, 'maplink', ['compound'], ['hsa90010'], []],
  [4, 0, 'PPrel', ['indirect effect'], ['hsa90020'], []],
  [6, 3, 'pathway', ['activate'], [], ['N90001']],
  [0, 0, 'PPrel', ['activation'], ['hsa90010'], []],
];

/** Keys of the toy graph's nodes n0 … n6 and edges e0 … e6. */
export const toyNodes = nodes.map(([key]) => key);
export const toyEdges = edges.slice(0, 7).map(([head, tail]) => `${toyNodes[head]}->${toyNodes[tail]}`);

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** BioMaze-format GraphML, as networkx writes it. */
export function toyGraphml(): string {
  const data = (key: string, value: unknown) =>
    `<data key="${key}">${escaped(typeof value === 'string' ? value : JSON.stringify(value))}</data>`;
  const named = (subtypes: string[]) => subtypes.map((name) => ({ name, value: '-->' }));
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    '<key id="d4" for="edge" attr.name="pathway" attr.type="string" />',
    '<key id="d3" for="edge" attr.name="hsa" attr.type="string" />',
    '<key id="d2" for="edge" attr.name="subtypes" attr.type="string" />',
    '<key id="d1" for="edge" attr.name="type" attr.type="string" />',
    '<key id="d0" for="node" attr.name="graphics" attr.type="string" />',
    '<graph edgedefault="directed">',
    ...nodes.map(([key, name]) => `<node id="${key}">\n${data('d0', { name, type: 'rectangle' })}\n</node>`),
    ...edges.map(
      ([head, tail, type, subtypes, maps, networks]) =>
        `<edge source="${toyNodes[head]}" target="${toyNodes[tail]}">\n${data('d1', type)}` +
        `${data('d2', named(subtypes))}${data('d3', maps)}${data('d4', networks)}\n</edge>`,
    ),
    '</graph>',
    '</graphml>',
    '',
  ].join('\n');
}

export function toyEntries(): string {
  const entries = Object.entries(toyCorpus).map(([id, fields]) => [id, { main_entry: fields }]);
  return JSON.stringify(Object.fromEntries(entries));
}

/** Writes files into a new folder of its own and returns the folder. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'pathact-graph-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** The toy graph as files on disk: the GraphML's path, its corpus beside it. */
export function writeToyGraph(): string {
  return join(
    folderWith({ 'toy.graphml': toyGraphml(), 'overall_entries.json': toyEntries() }),
    'toy.graphml',
  );
}
