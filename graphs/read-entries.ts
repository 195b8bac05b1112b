import type { createHash } from 'node:crypto';
import { MalformedFileError } from '../src/errors.ts';
import { limits, readChunks } from './bounded-read.ts';
import { jsonMembers } from './json-members.ts';
import type { Entry } from './pathway-graph.ts';

/**
 * Reads `overall_entries.json` (spec §1.6) as a stream: bare id → `{ main_entry: { FIELD: list of strings } }`, in the
 * order of the file. A field that is not a list is read as one text. Throws `MalformedFileError` naming the file and
 * the id.
 */
export async function readEntries(
  file: string,
  hash: ReturnType<typeof createHash>,
  signal?: AbortSignal,
): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  try {
    for await (const { name, value } of jsonMembers(readChunks(file, hash, signal))) {
      entries.set(name, entryOf(value, `${file}: entry "${name}"`));
    }
  } catch (error) {
    throw error instanceof SyntaxError ? notEntries(file, [...entries.keys()].at(-1), error) : error;
  }
  return entries;
}

function notEntries(file: string, last: string | undefined, cause: SyntaxError): MalformedFileError {
  const place = last === undefined ? '' : ` after entry "${last}"`;
  return new MalformedFileError(
    `${file}: not one JSON object${place} (${cause.message.replace(/\s+/g, ' ')})`,
    {
      hint: 'It is one JSON object: id to { "main_entry": { FIELD: [texts] } }. A broken download ends early.',
      cause,
    },
  );
}

function entryOf(value: unknown, where: string): Entry {
  const fields = isObject(value) ? value.main_entry : undefined;
  if (!isObject(fields)) throw new MalformedFileError(`${where} has no "main_entry" object`);
  return Object.fromEntries(
    Object.entries(fields).map(([field, content]) => [field, textsOf(content, `${where}: ${field}`)]),
  );
}

/** Every text in a value, in order; lists may hold lists and objects, but not without end. */
function textsOf(content: unknown, where: string, depth = 0): string[] {
  if (depth > limits.depth) throw new MalformedFileError(`${where} is nested deeper than ${limits.depth}`);
  if (content === null || content === undefined) return [];
  if (typeof content !== 'object') return [String(content)];
  return Object.values(content).flatMap((value) => textsOf(value, where, depth + 1));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
