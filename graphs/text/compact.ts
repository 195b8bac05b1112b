import { DocumentTable } from './document-table.ts';
import { cellText, edgeText, type LineParts, lineOf, type Mode, nodeText, processText } from './line.ts';
import { rankTexts } from './tf-idf.ts';
import { countTokens } from './tokens.ts';

/** A line may stay this many tokens above its limit; the reference's slack. */
const slack = 3;

/**
 * Shortens the lists of a line until it has at most `limit` + 3 cl100k tokens (spec §1.8): processes and subtypes
 * while the relation takes more than half, ids and names of a long end while the ends take more than half, one of
 * each a pass. With keywords the lists are ranked by them first, so the least alike go first. What cannot be
 * shortened further is returned as it is.
 */
export function compact(parts: LineParts, limit: number, keywords: readonly string[], mode: Mode): LineParts {
  if (countTokens(lineOf(parts, mode)) <= limit) return parts;
  const short = keywords.length > 0 ? ranked(parts, keywords.join(' ')) : structuredClone(parts);
  while (countTokens(lineOf(short, mode)) > limit + slack) {
    if (!shortenOnce(short, limit, mode)) break;
  }
  return short;
}

function shortenOnce(parts: LineParts, limit: number, mode: Mode): boolean {
  // All three are measured before anything is dropped.
  const head = countTokens(nodeText(parts.head, mode));
  const tail = countTokens(nodeText(parts.tail, mode));
  const edge = countTokens(edgeText(parts, mode));
  let dropped = false;
  const dropLast = (list: unknown[], tokens: number, allowed: number) => {
    if (tokens <= allowed || list.length <= 1) return;
    list.pop();
    dropped = true;
  };
  if (edge > limit / 2) {
    dropLast(parts.processes, countTokens(processText(parts.processes, mode)), limit / 3);
    dropLast(parts.subtypes, countTokens(cellText(parts.subtypes, mode)), limit / 6);
  }
  if (head + tail > limit / 2) {
    for (const [side, tokens] of [
      [parts.head, head],
      [parts.tail, tail],
    ] as const) {
      if (tokens <= limit / 4) continue;
      dropLast(side.ids, countTokens(cellText(side.ids, mode)), limit / 12);
      dropLast(side.names, countTokens(cellText(side.names, mode)), limit / 6);
    }
  }
  return dropped;
}

function ranked(parts: LineParts, query: string): LineParts {
  const byQuery = <T>(items: readonly T[], text: (item: T) => string): T[] =>
    rankTexts(DocumentTable.fromTexts(items.map(text)), query).map((i) => items[i] as T);
  const itself = (text: string) => text;
  return {
    head: { ids: [...parts.head.ids], names: byQuery(parts.head.names, itself) },
    tail: { ids: [...parts.tail.ids], names: byQuery(parts.tail.names, itself) },
    type: parts.type,
    subtypes: byQuery(parts.subtypes, itself),
    processes: byQuery(parts.processes, ({ id, name }) => `${id} ${name}`),
  };
}
