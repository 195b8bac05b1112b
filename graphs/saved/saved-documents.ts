import { z } from 'zod';
import { DocumentTable } from '../text/document-table.ts';
import type { Mode } from '../text/line.ts';
import { type Fitted, TfIdf } from '../text/tf-idf.ts';
import type { Vocabulary } from '../text/vocabulary.ts';
import { readKeys, vocabularySections } from './key-table.ts';
import { broken, encodeSections, type Section, Sections } from './sections.ts';

const metaSchema = z.object({ hash: z.string() });
const kindOf = (mode: Mode) => `documents ${mode}`;

/** The documents of a graph in one mode, fitted. */
export interface FittedDocuments {
  nodes: TfIdf;
  edges: TfIdf;
}

export function encodeDocuments(hash: string, mode: Mode, { nodes, edges }: FittedDocuments): Uint8Array {
  return encodeSections(kindOf(mode), { hash } satisfies z.infer<typeof metaSchema>, {
    ...vocabularySections('words', nodes.table.vocabulary),
    ...tableSections('nodes', nodes),
    ...tableSections('edges', edges),
  });
}

/** Opens what `encodeDocuments` wrote for this graph. Throws `BrokenIndexError`. */
export function decodeDocuments(
  file: Uint8Array,
  mode: Mode,
  { hash, nodes, edges }: { hash: string; nodes: number; edges: number },
): FittedDocuments {
  const sections = new Sections(file, kindOf(mode));
  const meta = metaSchema.safeParse(sections.meta);
  if (!meta.success || meta.data.hash !== hash) throw broken('of another graph');
  const vocabulary = readKeys(sections, 'words');
  return {
    nodes: readTable(sections, 'nodes', vocabulary, nodes),
    edges: readTable(sections, 'edges', vocabulary, edges),
  };
}

function tableSections(name: string, { table, idf, norms }: TfIdf): Record<string, Section> {
  return {
    [`${name} offsets`]: table.offsets,
    [`${name} word ids`]: table.wordIds,
    [`${name} counts`]: table.counts,
    [`${name} idf`]: idf,
    [`${name} norms`]: norms,
  };
}

function readTable(sections: Sections, name: string, vocabulary: Vocabulary, documents: number): TfIdf {
  const wordIds = sections.numbers(`${name} word ids`, 0, vocabulary.size);
  const counts = sections.numbers(`${name} counts`, 1, 2 ** 31);
  if (counts.length !== wordIds.length) throw broken(name);
  const offsets = sections.offsets(`${name} offsets`, documents, wordIds.length);
  const fitted: Fitted = {
    idf: sections.weights(`${name} idf`, vocabulary.size),
    norms: sections.weights(`${name} norms`, documents),
  };
  return new TfIdf(new DocumentTable(vocabulary, { offsets, wordIds, counts }), undefined, fitted);
}
