/** Where the JSON value that begins at `from` ends; undefined while its end has not come. Lenient: only brackets and quotes count. */
export function valueEnd(text: string, from: number): number | undefined {
  if (text[from] === '"') return stringEnd(text, from);
  if (text[from] !== '{' && text[from] !== '[') return literalEnd(text, from);
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      const end = stringEnd(text, at);
      if (end === undefined) return undefined;
      at = end - 1;
    } else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1;
  }
  return undefined;
}

export function stringEnd(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return undefined;
}

function literalEnd(text: string, from: number): number | undefined {
  for (let at = from; at < text.length; at++) if (/[\s,}\]<`"{[]/.test(text[at]!)) return at;
  return undefined;
}

/** Of a whole JSON string with its quotes. Undefined where it is none. */
export function readString(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** Decodes the inside of a JSON string as it streams: what can be read now, where to go on, whether the quote has come. */
export function decodeString(text: string, from: number): { out: string; next: number; isOver: boolean } {
  let out = '';
  for (let at = from; ; ) {
    const char = text[at];
    if (char === undefined) return { out, next: at, isOver: false };
    if (char === '"') return { out, next: at + 1, isOver: true };
    if (char !== '\\') {
      out += char;
      at++;
      continue;
    }
    const length = escapeLength(text, at);
    if (length === undefined) return { out, next: at, isOver: false };
    out += readEscape(text.slice(at + 1, at + length));
    at += length;
  }
}

/** Undefined while the escape is not whole; both halves of a surrogate pair count as one, so that no half is given out alone. */
function escapeLength(text: string, at: number): number | undefined {
  const kind = text[at + 1];
  if (kind === undefined) return undefined;
  if (kind !== 'u') return 2;
  const unit = text.slice(at, at + 6);
  if (/^\\u[dD][89abAB]/.test(unit) && unit.length === 6) {
    const low = text.slice(at + 6, at + 12);
    if (/^\\u[dD][c-fC-F][\da-fA-F]{2}$/.test(low)) return 12;
    if (low.length < 6 && /^(\\(u([dD]([c-fC-F][\da-fA-F]?)?)?)?)?$/.test(low)) return undefined;
  }
  return unit.length < 6 ? undefined : 6;
}

function readEscape(code: string): string {
  if (!code.startsWith('u')) return escapes[code] ?? code;
  return readString(`"\\${code}"`) ?? `\\${code}`;
}
