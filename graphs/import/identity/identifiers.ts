import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CrossReference } from '../statement.ts';
import { readRows, type TableRow } from '../tables/read-rows.ts';

/** Column of a mapping table → system of its ids; the first three rows are HGNC's own column names. */
const geneColumns: readonly (readonly [column: string, system: CrossReference['system']])[] = [
  ['hgnc_id', 'hgnc'],
  ['entrez_id', 'ncbi'],
  ['ensembl_gene_id', 'ensembl'],
  ['uniprot_ids', 'uniprot'],
  ['hgnc', 'hgnc'],
  ['ncbi', 'ncbi'],
  ['ensembl', 'ensembl'],
  ['uniprot', 'uniprot'],
  ['kegg', 'kegg'],
];

/** Columns of compound tables; ChEBI's own `compounds.tsv` has an accession and a name. */
const compoundColumns: readonly (readonly [column: string, system: CrossReference['system']])[] = [
  ['chebi_accession', 'chebi'],
  ['chebi', 'chebi'],
  ['kegg', 'kegg'],
];

/**
 * What identifiers mean, by the user's own tables: folders of tab-separated files with a header row, read in the order
 * of their names. A table with a `symbol` column maps genes: `hgnc_id`, `entrez_id`, `ensembl_gene_id`, `uniprot_ids`
 * (or `hgnc`, `ncbi`, `ensembl`, `uniprot`), `alias_symbol`, `prev_symbol`, `taxon` (9606 if left out), several values
 * separated by `|`: HGNC's complete set as it is. A table with `name` and `chebi_accession` or `chebi` maps compounds,
 * with `kegg` and `synonyms` where present.
 */
export class Identifiers {
  readonly #genes = new Map<string, string>();
  readonly #symbols = new Set<string>();
  readonly #aliases = new Map<string, string | undefined>();
  readonly #compounds = new Map<string, string>();
  readonly #compoundNames = new Map<string, string>();

  get isEmpty(): boolean {
    return this.#symbols.size === 0 && this.#compounds.size === 0;
  }

  /** The official symbol behind an id of a gene, transcript or protein. */
  symbolOf({ system, id }: CrossReference, taxon: string): string | undefined {
    if (system === 'symbol') return this.officialSymbol(id, taxon);
    return this.#genes.get(`${taxon} ${system}:${id}`);
  }

  /** The official symbol that a name is, or is the alias of when only one has it. */
  officialSymbol(name: string, taxon: string): string | undefined {
    return this.isSymbol(name, taxon) ? name : this.#aliases.get(`${taxon} ${name.toLowerCase()}`);
  }

  isSymbol(name: string, taxon: string): boolean {
    return this.#symbols.has(`${taxon} ${name}`);
  }

  compoundOf({ system, id }: CrossReference): string | undefined {
    return this.#compounds.get(`${system}:${id}`);
  }

  compoundNamed(name: string): string | undefined {
    return this.#compoundNames.get(name.toLowerCase());
  }

  addRow(row: TableRow): void {
    if (row.cell('symbol') !== '') this.#addGene(row);
    else if (row.cell('name') !== '' && (row.cell('chebi_accession') || row.cell('chebi')))
      this.#addCompound(row);
  }

  #addGene(row: TableRow): void {
    const symbol = row.cell('symbol');
    const taxon = row.cell('taxon') || '9606';
    this.#symbols.add(`${taxon} ${symbol}`);
    for (const [column, system] of geneColumns) {
      for (const id of valuesOf(row.cell(column)))
        this.#genes.set(`${taxon} ${system}:${bareId(id)}`, symbol);
    }
    for (const alias of [...valuesOf(row.cell('alias_symbol')), ...valuesOf(row.cell('prev_symbol'))]) {
      const key = `${taxon} ${alias.toLowerCase()}`;
      const isShared = this.#aliases.has(key) && this.#aliases.get(key) !== symbol;
      this.#aliases.set(key, isShared ? undefined : symbol);
    }
  }

  #addCompound(row: TableRow): void {
    const name = row.cell('name');
    for (const [column, system] of compoundColumns) {
      for (const id of valuesOf(row.cell(column))) this.#compounds.set(`${system}:${bareId(id)}`, name);
    }
    for (const known of [name, ...valuesOf(row.cell('synonyms'))]) {
      if (!this.#compoundNames.has(known.toLowerCase())) this.#compoundNames.set(known.toLowerCase(), name);
    }
  }
}

/** The tables of folders; nothing is known where there are none. */
export async function readIdentifiers(
  folders: readonly string[],
  signal?: AbortSignal,
): Promise<Identifiers> {
  const identifiers = new Identifiers();
  for (const folder of folders) {
    const files = existsSync(folder) ? (await readdir(folder)).sort() : [];
    for (const file of files) {
      if (!/\.(tsv|txt)(\.gz)?$/i.test(file)) continue;
      for await (const row of readRows(join(folder, file), [], signal)) identifiers.addRow(row);
    }
  }
  return identifiers;
}

function valuesOf(cell: string): string[] {
  const bare = cell.replace(/^"(.*)"$/s, '$1');
  return bare
    .split('|')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

function bareId(id: string): string {
  return id.replace(/^(HGNC|CHEBI):/i, '');
}
