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
  ['drosophila melanogaster', '7227'],
  ['caenorhabditis elegans', '6239'],
  ['danio rerio', '7955'],
  ['bos taurus', '9913'],
  ['sus scrofa', '9823'],
  ['gallus gallus', '9031'],
  ['arabidopsis thaliana', '3702'],
  ['escherichia coli', '562'],
]);

/**
 * The taxon that a text names: `9606`, `human`, `Homo sapiens (9606)`, `Human, 9606, Homo sapiens`. The text itself
 * where we know no number: it is not people, and the same in every file. Undefined where there is none.
 */
export function taxonOfText(text: string | undefined): string | undefined {
  const whole = text?.trim();
  if (!whole) return undefined;
  const parts = whole.split(/[,;()]/).map((part) => part.trim());
  const known = parts.map((part) => numberAtEnd(part) ?? taxa.get(part.toLowerCase()));
  return known.find((taxon) => taxon !== undefined) ?? whole;
}

/** `9606`, `taxon:9606`, `NCBITaxon_9606`. */
function numberAtEnd(text: string): string | undefined {
  return /(?:^|[^\d.])(\d{3,7})$/.exec(text)?.[1];
}
