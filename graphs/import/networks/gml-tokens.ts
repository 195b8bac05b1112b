import { MalformedFileError } from '../../../src/errors.ts';
import { openText } from '../text/open-text.ts';

export interface GmlToken {
  kind: 'open' | 'close' | 'word' | 'text';
  /** A key or number as written, a string without its quotes and entities. */
  value: string;
  line: number;
}

/** No label comes near. */
const maxTokenLength = 2 ** 20;

/** A bracket, a quoted string, a comment up to its line's end, or a key or number; else a space. */
const pattern = /\[|\]|"[^"]*"|#[^\n]*\n|[^\s[\]"#][^\s[\]"]*|\s+/y;

/** The words of a GML file, chunk by chunk. Throws `MalformedFileError` as `file:line: what`. */
export async function* gmlTokens(path: string, signal?: AbortSignal): AsyncGenerator<GmlToken> {
  let text = '';
  let line = 1;
  for await (const chunk of openText(path, signal)) {
    text += chunk;
    const { tokens, used } = cut(text, line, false);
    yield* tokens;
    line += linesIn(text.slice(0, used));
    text = text.slice(used);
    if (text.length > maxTokenLength)
      throw gmlFault(path, `a text longer than ${maxTokenLength} characters`, line);
  }
  const { tokens, used } = cut(`${text}\n`, line, true);
  yield* tokens;
  if (used <= text.length) throw gmlFault(path, 'a text without its closing quote', line);
}

/** Cuts what is complete. Before the end of the file, what reaches the end of `text` may go on in the next chunk. */
function cut(text: string, firstLine: number, isEnd: boolean): { tokens: GmlToken[]; used: number } {
  const tokens: GmlToken[] = [];
  let line = firstLine;
  let used = 0;
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    const [word] = found;
    if (!isEnd && pattern.lastIndex === text.length && !/^["[\]]/.test(word)) break;
    const token = tokenOf(word, line);
    if (token) tokens.push(token);
    line += linesIn(word);
    used = pattern.lastIndex;
  }
  return { tokens, used };
}

function tokenOf(word: string, line: number): GmlToken | undefined {
  if (word === '[') return { kind: 'open', value: word, line };
  if (word === ']') return { kind: 'close', value: word, line };
  if (word.startsWith('"')) return { kind: 'text', value: withoutEntities(word.slice(1, -1)), line };
  return word.startsWith('#') || word.trim() === '' ? undefined : { kind: 'word', value: word, line };
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

const entities: Readonly<Record<string, string>> = { quot: '"', amp: '&', lt: '<', gt: '>', apos: "'" };

function withoutEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|(\w{1,10}));/g, (whole, code?: string, name?: string) => {
    const point = Number(code);
    if (code !== undefined) return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    return entities[name ?? ''] ?? whole;
  });
}

export function gmlFault(path: string, what: string, line: number): MalformedFileError {
  return new MalformedFileError(`${path}:${line}: ${what}`, {
    hint: 'GML is `graph [ node [ id 1 label "A" ] edge [ source 1 target 2 ] ]`; export the network again.',
  });
}
