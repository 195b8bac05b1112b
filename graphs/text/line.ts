import { nameKey } from '../name-forms.ts';
import type { EdgeAttributes, NodeAttributes, PathwayGraph, Triple } from '../pathway-graph.ts';
import { signOfSubtypes } from '../signs.ts';

/** `compat` does what the reference does, to the letter; `better` is the default and says where it differs. */
export type Mode = 'better' | 'compat';

/** The lists a pathway line is made of. Compaction shortens these, never the graph. */
export interface LineParts {
  head: { ids: string[]; names: string[] };
  tail: { ids: string[]; names: string[] };
  type: string;
  subtypes: string[];
  processes: { id: string; name: string }[];
}

export function partsOf(graph: PathwayGraph, triple: Triple, mode: Mode): LineParts {
  const edge = graph.getEdgeAttributes(triple.edge);
  return {
    head: nodeLists(graph.getNodeAttributes(triple.head), mode),
    tail: nodeLists(graph.getNodeAttributes(triple.tail), mode),
    type: edge.type,
    subtypes: mode === 'compat' ? [...edge.subtypes] : relationWords(edge),
    processes: [...edge.processes],
  };
}

/**
 * `HEAD | TAIL | TYPE SUBTYPES | PROCESSES` (spec §1.8). Compat deletes the reference's ten characters, commas and
 * primes of chemical names among them; better keeps those and only protects the separators and the line.
 */
export function lineOf(parts: LineParts, mode: Mode): string {
  const columns = [nodeText(parts.head, mode), nodeText(parts.tail, mode), edgeText(parts, mode)];
  return clean(columns.join(' | '), mode);
}

export function nodeText({ ids, names }: LineParts['head'], mode: Mode): string {
  if (names.length === 0) return cellText(ids, mode);
  return `${cellText(ids, mode)}: ${cellText(names, mode)}`.trim();
}

export function edgeText({ type, subtypes, processes }: LineParts, mode: Mode): string {
  const words = [cellText([type], mode), cellText(subtypes, mode)];
  const processCell = processText(processes, mode);
  if (mode === 'compat') return clean(`${words.join(' ')} | ${processCell}`, mode);
  const relation = words.filter((word) => word !== '').join(' ');
  return processCell === '' ? relation : `${relation} | ${processCell}`;
}

export function processText(processes: LineParts['processes'], mode: Mode): string {
  return cellText(
    processes.map(({ id, name }) => `${id}: ${name}`),
    mode,
  );
}

/** Texts of one list, joined, without what would break the line. */
export function cellText(texts: readonly string[], mode: Mode): string {
  const joined = texts.join(' ');
  // Control characters too: a name must not reach a terminal with them.
  return mode === 'compat' ? clean(joined, mode) : joined.replace(/[\p{Cc}\s|]+/gu, ' ').trim();
}

function clean(text: string, mode: Mode): string {
  return (mode === 'compat' ? text.replace(/[[\]{},'"]/g, '') : text).trim();
}

/** More names of one entity than this tell a reader nothing new. */
const enoughNames = 4;

/** Better mode leaves out names that only spell the id or another name differently, and a long tail of aliases. */
function nodeLists({ entities, names }: NodeAttributes, mode: Mode): LineParts['head'] {
  const ids = entities.map(({ id }) => id);
  if (mode === 'compat') return { ids, names: [...names] };
  const seen = new Set(ids.map(spelling));
  const distinct = names.filter((name) => {
    const isNew = !seen.has(spelling(name));
    seen.add(spelling(name));
    return isNew;
  });
  return { ids, names: entities.length === 1 ? distinct.slice(0, enoughNames) : distinct };
}

const spelling = (name: string) => nameKey(name).replace(/s$/, '');

/** Subtypes, led by the direction where they do not tell it themselves. */
function relationWords({ subtypes, sign }: EdgeAttributes): string[] {
  if (sign === '0' || signOfSubtypes(subtypes) === sign) return [...subtypes];
  if (sign === 'conflict') return ['sources disagree:', ...subtypes];
  const word = sign === '+' ? 'activation' : 'inhibition';
  return [word, ...subtypes];
}
