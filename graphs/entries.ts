import type { Entry, PathwayGraph } from './pathway-graph.ts';

/** Which fields of an entry are searched, shown in short and shown in detail (spec §1.6). */
export type View = 'retrieval' | 'short' | 'detail';

interface Views {
  pattern: RegExp;
  retrieval: readonly string[];
  short: readonly string[];
  detail: readonly string[];
}

const named = ['ENTRY', 'NAME'];
const fields = (text: string): string[] => text.split(' ');

// Tested in this order: `hsa04010` and `ko00010` are maps, a bare number is a gene.
const keggViews: readonly Views[] = [
  {
    pattern: /^(hsa|ko)/,
    retrieval: fields('NAME DESCRIPTION'),
    short: named,
    detail: fields('ENTRY NAME DESCRIPTION PATHWAY_MAP DRUG'),
  },
  { pattern: /^map/, retrieval: fields('NAME DESCRIPTION INCLUDING'), short: named, detail: named },
  { pattern: /^nt/, retrieval: ['NAME'], short: named, detail: named },
  {
    pattern: /^[NM]/,
    retrieval: fields('NAME CLASS'),
    short: named,
    detail: fields('ENTRY NAME DEFINITION EXPANDED CLASS PATHWAY DISEASE GENE PERTURBANT'),
  },
  { pattern: /^C/, retrieval: fields('NAME FORMULA BRITE COMMENT'), short: named, detail: named },
  {
    pattern: /^H/,
    retrieval: fields('NAME SUBGROUP DESCRIPTION BRITE PATHOGEN COMMENT'),
    short: named,
    detail: fields('ENTRY NAME DESCRIPTION DIS_PATHWAY PATHWAY NETWORK DRUG'),
  },
  { pattern: /^K/, retrieval: fields('SYMBOL NAME BRITE'), short: named, detail: named },
  {
    pattern: /^G/,
    retrieval: fields('NAME BRITE COMMENT'),
    short: fields('ENTRY NAME COMPOSITION'),
    detail: fields('ENTRY NAME COMPOSITION'),
  },
  {
    pattern: /^D/,
    retrieval: fields('NAME FORMULA SOURCE CLASS EFFICACY COMMENT BRITE GENERIC ABBR COMPONENT'),
    short: fields('ENTRY NAME FORMULA'),
    detail: fields('ENTRY NAME FORMULA TYPE CLASS REMARK DISEASE TARGET PATHWAY INTERACTION'),
  },
  {
    pattern: /^[0-9]/,
    retrieval: fields('SYMBOL NAME ORTHOLOGY BRITE'),
    short: fields('ENTRY SYMBOL'),
    detail: fields('ENTRY SYMBOL PATHWAY NETWORK ELEMENT DISEASE DRUG_TARGET'),
  },
];

/** An entry's fields in one view, absent ones skipped. Our own graphs have few fields and show them all. */
export function viewOf(graph: PathwayGraph, id: string, entry: Entry, view: View): Entry {
  if (graph.getAttribute('idScheme') === 'plain') return entry;
  const wanted = keggViews.find(({ pattern }) => pattern.test(id))?.[view] ?? named;
  const present = wanted.filter((field) => entry[field] !== undefined);
  return Object.fromEntries(present.map((field) => [field, entry[field] as readonly string[]]));
}
