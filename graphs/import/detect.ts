import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { cellsOf } from './networks/read-sif.ts';
import { separatorOf, cellsOf as tableCells } from './tables/read-rows.ts';
import { openText } from './text/open-text.ts';

export type Format =
  | 'graphml'
  | 'kgml'
  | 'gpml'
  | 'biopax'
  | 'sbml'
  | 'cx'
  | 'cx2'
  | 'gml'
  | 'sif'
  | 'signor'
  | 'signor-complexes'
  | 'omnipath'
  | 'pathact-json'
  | 'pathact-stored'
  | 'pathact-tables';

/** Enough to pass a licence comment or a table's widest header. */
const headLength = 2 ** 17;

/**
 * What a file holds, by its content; its name decides only for text that has no mark of its own (`.sif`). Undefined
 * where it is none of the formats. Throws `MalformedFileError` for broken archives and bytes that are no text.
 */
export async function detectFormat(path: string, signal?: AbortSignal): Promise<Format | undefined> {
  if (existsSync(join(path, 'nodes.tsv'))) return 'pathact-tables';
  if (existsSync(join(path, 'nodes.jsonl'))) return 'pathact-stored';
  const head = (await readHead(path, signal)).replace(/^\uFEFF/, '').trimStart();
  if (head.startsWith('<')) return xmlFormat(head);
  if (head.startsWith('[') || head.startsWith('{')) return jsonFormat(head);
  if (isGml(head)) return 'gml';
  return tableFormat(head) ?? (isSif(head, path) ? 'sif' : undefined);
}

async function readHead(path: string, signal?: AbortSignal): Promise<string> {
  let head = '';
  for await (const chunk of openText(path, signal)) {
    head += chunk;
    if (head.length >= headLength) break;
  }
  return head.slice(0, headLength);
}

function xmlFormat(head: string): Format | undefined {
  const root = rootOf(head);
  if (root === undefined) return undefined;
  const name = root.attributes.name?.value ?? '';
  switch (root.local) {
    case 'graphml':
      return 'graphml';
    case 'sbml':
      return 'sbml';
    case 'RDF':
      return /biopax/i.test(head) ? 'biopax' : undefined;
    case 'Pathway':
      return /GPML|GenMAPP/i.test(root.uri) ? 'gpml' : undefined;
    case 'pathway':
      return name.startsWith('path:') || root.attributes.org ? 'kgml' : undefined;
    default:
      return undefined;
  }
}

/** The root element as far as the head shows it; a fault before it leaves the file unknown. */
function rootOf(head: string): SaxesTagNS | undefined {
  let root: SaxesTagNS | undefined;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', (tag) => {
    root ??= tag;
  });
  parser.on('error', () => {});
  parser.write(head);
  return root;
}

function jsonFormat(head: string): Format | undefined {
  if (/^\{\s*"format"\s*:\s*"pathact-graph"/.test(head)) return 'pathact-json';
  if (/^\[\s*\{\s*"CXVersion"/.test(head)) return 'cx2';
  const aspect = /^\[\s*\{\s*"(numberVerification|metaData|nodes|edges|networkAttributes|@context|status)"/;
  return aspect.test(head) ? 'cx' : undefined;
}

function isGml(head: string): boolean {
  const bare = head.replace(/^\s*#.*$/gm, '');
  return /^\s*(\w+\s+("[^"]*"|[-+.\d]+)\s+)*graph\s*\[/i.test(bare);
}

function tableFormat(head: string): Format | undefined {
  const header = head.split(/\r?\n/).find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  const names = new Set(tableCells(header, separatorOf(header)).map((cell) => cell.trim().toLowerCase()));
  const has = (...columns: string[]) => columns.every((column) => names.has(column));
  if (has('entitya', 'ida', 'entityb', 'idb', 'effect')) return 'signor';
  if (has('signor id', 'list of entities')) return 'signor-complexes';
  if (has('source', 'target') && (has('consensus_direction') || has('is_directed'))) return 'omnipath';
  return undefined;
}

/**
 * SIF has no mark: a file is taken for it when each line of its head has three cells and the middle ones are few
 * words that come again, or when its name says so and it is text.
 */
function isSif(head: string, path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell text from other bytes
  if (head.trim() === '' || /[\u0000-\u0008\u000e-\u001f]/.test(head)) return false;
  if (/\.sif(\.gz)?$/i.test(path)) return true;
  const whole = head.length < headLength ? head : head.slice(0, head.lastIndexOf('\n'));
  const rows = whole
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map(cellsOf);
  const relations = new Set(rows.map(([, relation]) => relation ?? ''));
  const isRegular = rows.every((row) => row.length === 3 && /^[\w./+:-]{1,60}$/.test(row[1] as string));
  return isRegular && rows.length >= 3 && relations.size <= Math.max(1, rows.length / 3);
}
