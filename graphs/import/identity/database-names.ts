import type { CrossReference } from '../statement.ts';

type System = CrossReference['system'];

/** Databases as files name them, letters and digits only. */
const systems: ReadonlyMap<string, System> = new Map(
  Object.entries({
    uniprot:
      'uniprot uniprotkb uniprotknowledgebase uniprotisoform uniprotkbswissprot uniprotkbtrembl swissprot trembl',
    ncbi: 'ncbi ncbigene entrezgene entrez geneid locuslink ncbientrezgene',
    hgnc: 'hgnc',
    symbol: 'symbol hgncsymbol genesymbol hgncgenesymbol',
    ensembl: 'ensembl ensemblgene ensemblhuman ensemblhomosapiens',
    chebi: 'chebi',
    kegg: 'kegg keggcompound kegggenes kegggene keggdrug keggglycan',
    famplex: 'famplex fplx be bioentities',
  } satisfies Partial<Record<System, string>>).flatMap(([system, names]) =>
    names.split(' ').map((name) => [name, system as System] as const),
  ),
);

/**
 * The id that a file gives under a database's name, as our systems write it: `HGNC:1097` of `hgnc` is `1097`, a letter
 * id of `HGNC` is a symbol, an isoform is its protein. Undefined where the id cannot be one of that database.
 */
export function crossReference(database: string, id: string): CrossReference | undefined {
  const bare = id.trim();
  if (bare === '' || bare.length > 200) return undefined;
  const system = systems.get(database.toLowerCase().replaceAll(/[^a-z0-9]/g, '')) ?? 'other';
  switch (system) {
    case 'hgnc':
      return hgncReference(bare);
    case 'ncbi':
      return matched('ncbi', bare, /^(\d{1,12})$/);
    case 'uniprot':
      return matched('uniprot', bare, /^([A-Z0-9]{6}(?:[A-Z0-9]{4})?)(?:-\d+)?(?:\.\d+)?$/);
    case 'chebi':
      return matched('chebi', bare, /^(?:chebi:)?(\d{1,9})$/i);
    case 'ensembl':
      return matched('ensembl', bare, /^([A-Z][A-Z0-9-]{3,40})(?:\.\d+)?$/);
    case 'kegg':
      return matched('kegg', bare, /^(?:cpd:|dr:|gl:|path:)?([A-Za-z0-9:_.-]{2,40})$/);
    case 'other':
      return { system, id: `${database.trim().toLowerCase()}:${bare}` };
    default:
      return { system, id: bare };
  }
}

/** A number, or the symbol itself, which some files write as a mouse's is written: `Mapk1`. */
function hgncReference(id: string): CrossReference | undefined {
  const number = /^(?:hgnc:)?(\d{1,9})$/i.exec(id)?.[1];
  if (number !== undefined) return { system: 'hgnc', id: number };
  if (!/^[A-Za-z][\w.@-]{0,30}$/.test(id)) return undefined;
  return { system: 'symbol', id: id.toUpperCase().replace(/^(C[\dXY]+)ORF/, '$1orf') };
}

function matched(system: System, id: string, pattern: RegExp): CrossReference | undefined {
  const found = pattern.exec(id)?.[1];
  return found === undefined ? undefined : { system, id: found };
}

/** `uniprot:P04637`, `urn:miriam:uniprot:P04637` or an address at identifiers.org or bioregistry.io: the same. */
export function referenceOfUri(uri: string): CrossReference | undefined {
  const named =
    /^urn:miriam:([\w.-]+):(.+)$/.exec(uri) ??
    /^https?:\/\/(?:identifiers\.org|bioregistry\.io)\/([A-Za-z][\w.-]*)[/:](.+)$/.exec(uri) ??
    /^([A-Za-z][\w. -]*):([^/\s]+)$/.exec(uri);
  const [, database, id] = named ?? [];
  return database === undefined || id === undefined ? undefined : crossReference(database, decoded(id));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The PubMed numbers in `pmid:123`, `PMID 123`, `"pubmed:123"`, an address of PubMed, or a bare number. */
export function pubmedIds(text: string): string[] {
  if (/^\d{1,9}$/.test(text.trim())) return [text.trim()];
  const named = text.matchAll(/(?:pmid|pubmed)(?:\.ncbi\.nlm\.nih\.gov)?\s*[:/\s]\s*(\d{1,9})\b/gi);
  return [...new Set([...named].map(([, id]) => id as string))];
}
