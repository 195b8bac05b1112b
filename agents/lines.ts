import type { PathwayGraph, Triple } from '../graphs/pathway-graph.ts';
import { limitList } from '../graphs/text/limit-list.ts';
import type { EvidenceLine, Message } from '../src/run.ts';
import type { Asker } from './asker.ts';

/** The same lines, numbered from 0. */
export function renumbered(lines: readonly EvidenceLine[]): EvidenceLine[] {
  return lines.map((line, i) => ({ ...line, line: i }));
}

/**
 * The lines that leave the prompt made of them within `limit` tokens, numbered from 0. Those most like the keywords
 * stay; without keywords those at the beginning, in their order.
 */
export async function fittingLines(
  asker: Asker,
  lines: readonly EvidenceLine[],
  limit: number,
  keywords: readonly string[],
  prompt: (lines: readonly EvidenceLine[]) => readonly Message[],
): Promise<EvidenceLine[]> {
  const tokens = (kept: readonly EvidenceLine[]) => asker.countTokens(prompt(kept));
  const byText = Map.groupBy(lines, ({ text }) => text);
  const texts = lines.map(({ text }) => text);
  const room = limit - (await tokens([]));
  const kept = limitList(texts, room, keywords) ?? []; // in cl100k, as the reference counts
  const ordered = renumbered(kept.flatMap((text) => byText.get(text)?.shift() ?? []));
  // Gene names cost other vocabularies more than cl100k, so the endpoint has the last word.
  if ((await tokens(ordered)) <= limit) return ordered;
  let [fits, tooMany] = [0, ordered.length];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if ((await tokens(ordered.slice(0, middle))) <= limit) fits = middle;
    else tooMany = middle;
  }
  return ordered.slice(0, fits);
}

/** The triple that a line tells of. */
export function tripleOf(graph: PathwayGraph, { edge }: EvidenceLine): Triple {
  return { edge, head: graph.source(edge), tail: graph.target(edge) };
}
