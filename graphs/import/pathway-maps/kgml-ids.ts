import type { CrossReference } from '../statement.ts';

/** The taxon of each organism code that other sources share; another code stands for itself. */
const organisms: ReadonlyMap<string, string> = new Map([
  ['hsa', '9606'],
  ['mmu', '10090'],
  ['rno', '10116'],
  ['sce', '4932'],
  ['dme', '7227'],
  ['cel', '6239'],
  ['dre', '7955'],
  ['bta', '9913'],
  ['ssc', '9823'],
  ['gga', '9031'],
  ['ath', '3702'],
  ['eco', '562'],
]);

/** Organisms whose genes KEGG names by NCBI gene id; yeast, flies and plants have their own. */
const ncbiGenes: ReadonlySet<string> = new Set(['hsa', 'mmu', 'rno', 'bta', 'ssc', 'gga', 'dre']);

export function kgmlSpecies(id: string, organism: string): string {
  const prefix = id.slice(0, Math.max(0, id.indexOf(':'))) || organism;
  return organisms.get(prefix) ?? prefix;
}

/**
 * An id and its names by the label of its box: `RASGRF1, GRF1...` is the first id's symbol and an alias. The label of an
 * id that no box names, or whose box shows the id itself, is empty.
 */
export function kgmlMember(
  id: string,
  box: string | undefined,
): { id: string; label: string; names: string[] } {
  const bare = id.slice(id.indexOf(':') + 1);
  const isMap = id.startsWith('path:');
  const text = (box ?? '').replace(/^TITLE:/, '').replace(/\.{3,}$/, '');
  const names = (isMap ? [text] : text.split(/, /)).map((name) => name.trim()).filter((name) => name !== '');
  const [first = '', ...others] = names;
  // An orthology group is no gene: its symbol must not meet a gene's.
  if (id.startsWith('ko:')) return { id, label: bare, names: names.filter((name) => name !== bare) };
  return { id, label: first === bare ? '' : first, names: others };
}

export function kgmlReferences(id: string): CrossReference[] {
  const [prefix = '', bare = ''] = id.split(':');
  if (ncbiGenes.has(prefix) && /^\d+$/.test(bare)) return [{ system: 'ncbi', id: bare }];
  if (['cpd', 'gl', 'dr', 'ko'].includes(prefix)) return [{ system: 'kegg', id: bare }];
  return [{ system: 'other', id: `KEGG:${id}` }];
}
