import { DocumentTable } from './document-table.ts';
import { rankTexts } from './tf-idf.ts';
import { countTokens } from './tokens.ts';

/**
 * The items that fit in `limit` cl100k tokens of a bracketed, quoted list (spec §2.10). When they do not all fit,
 * keywords rank them first, which ends depth-first order; then the last ones go. Undefined when not even one fits.
 */
export function limitList(
  items: readonly string[],
  limit: number,
  keywords: readonly string[] = [],
): string[] | undefined {
  if (items.length === 0 || listTokens(items) <= limit) return [...items];
  const order =
    keywords.length > 0
      ? rankTexts(DocumentTable.fromTexts(items), keywords.join(' ')).map((i) => items[i] as string)
      : items;
  // Token counts grow with every item, so the longest fitting start is found by halving.
  let [fits, tooMany] = [0, order.length];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (listTokens(order.slice(0, middle)) <= limit) fits = middle;
    else tooMany = middle;
  }
  return fits === 0 ? undefined : order.slice(0, fits);
}

function listTokens(items: readonly string[]): number {
  return countTokens(`[${items.map(pythonQuoted).join(', ')}]`);
}

/** A text as Python prints it inside a list; what limits in the reference are counted on. */
function pythonQuoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(
    /[\\\n\r\t]/g,
    (c) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' })[c]!,
  );
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}
