/** NCBI taxa of the species that pathway files call by name. */
const taxa: ReadonlyMap<string, string> = new Map([
  ['human', '9606'],
  ['homo sapiens', '9606'],
  ['mouse', '10090'],
  ['mus musculus', '10090'],
  ['rat', '10116'],
  ['rattus norvegicus', '10116'],
  ['yeast', '4932'],
  ['saccharomyces cerevisiae', '4932'],
]);

/** The taxon that a text names: `9606`, `human`, `Homo sapiens (9606)`. Undefined where it names none we know. */
export function taxonOfText(text: string): string | undefined {
  const number = /(?:^|[^\d.])(\d{3,7})\)?$/.exec(text.trim())?.[1];
  return number ?? taxa.get(text.trim().toLowerCase());
}
