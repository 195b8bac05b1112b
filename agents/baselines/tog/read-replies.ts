import { CallSyntaxError, LiteralReader } from '../../pathseeker/literal.ts';

/**
 * The numbers of lines that a reply selects of `count`; undefined where none can be read. Compat takes one literal
 * list, from the first `[` to the last `]` of a line, and fails on a number out of range. Otherwise all numbers in the
 * first brackets count, or where there are none all numbers of the reply, and those out of range are left out.
 */
export function readSelection(reply: string, count: number, { compat = false } = {}): number[] | undefined {
  const found = compat ? literalList(reply) : numbersIn(reply).filter((index) => index < count);
  if (!found || found.length === 0 || found.some((index) => index < 0 || index >= count)) return undefined;
  return [...new Set(found)];
}

function literalList(reply: string): number[] | undefined {
  const list = /\[.*\]/.exec(reply)?.[0];
  if (list === undefined) return undefined;
  try {
    const reader = new LiteralReader(list);
    const value = reader.literal();
    if (!Array.isArray(value) || reader.rest().trim() !== '') return undefined;
    return value.every((item) => Number.isInteger(item)) ? (value as number[]) : undefined;
  } catch (error) {
    if (error instanceof CallSyntaxError) return undefined;
    throw error;
  }
}

function numbersIn(reply: string): number[] {
  const text = /\[([^\]]*)/.exec(reply)?.[1] ?? reply;
  return [...text.matchAll(/(?<![-\d])\d{1,6}/g)].map(([digits]) => Number(digits));
}

/** Whether a reply says that the lines suffice, and what stands after the braces. */
export function readSufficiency(reply: string): { enough: boolean; rest: string } {
  const braced = /\{\s*(yes|no)\b[^}]*\}/i.exec(reply);
  const word = braced?.[1] ?? /^\W*(yes|no)\b/i.exec(reply)?.[1];
  const rest = braced ? reply.slice(braced.index + braced[0].length).trim() : '';
  return { enough: word?.toLowerCase() === 'yes', rest };
}
