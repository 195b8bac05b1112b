import { expect, test } from 'vitest';
import { readXml, xmlLimits } from '../../../graphs/import/text/read-xml.ts';
import { MalformedFileError } from '../../../src/errors.ts';
import { temporaryFile } from './collect.ts';

/** The local names and texts of a document, in order. */
async function partsOf(text: string): Promise<string[]> {
  const parts = readXml<string>(temporaryFile(text), (emit) => ({
    open: ({ local }) => emit(local),
    close: () => {},
    text: (found) => emit(found),
  }));
  const all: string[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

test('short abbreviations of a DOCTYPE are resolved, as ontology editors write them', async () => {
  const text = `<!DOCTYPE r [ <!ENTITY bp "http://example.org/bp#" > <!-- ours --> ]><r a="&bp;x">&bp;y</r>`;
  expect(await partsOf(text)).toEqual(['r', 'http://example.org/bp#y']);
});

test.each([
  ['grows', '<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><r>&b;</r>'],
  ['is long', `<!DOCTYPE r [<!ENTITY a "${'a'.repeat(1000)}">]><r>&a;</r>`],
  ['reads a file', '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>'],
  ['is a parameter', '<!DOCTYPE r [<!ENTITY % a "x"> %a;]><r/>'],
])('an entity that %s is refused', async (_, text) => {
  await expect(partsOf(text)).rejects.toThrow(/not allowed/);
});

test('a grammar that a DOCTYPE names is never fetched', async () => {
  expect(await partsOf('<!DOCTYPE r SYSTEM "file:///nonexistent/r.dtd"><r/>')).toEqual(['r']);
  const text = '<!DOCTYPE r PUBLIC "-//X" "http://example.invalid/r.dtd"><r>&unknown;</r>';
  await expect(partsOf(text)).rejects.toThrow(MalformedFileError);
});

test.each([
  ['a long element name', `<${'n'.repeat(2_000)}/>`],
  ['a long attribute name', `<r ${'n'.repeat(2_000)}="1"/>`],
  ['a long attribute', `<r a="${'v'.repeat(xmlLimits.valueLength + 1)}"/>`],
  ['many attributes', `<r ${Array.from({ length: 1_001 }, (_, i) => `a${i}="1"`).join(' ')}/>`],
  ['deep nesting', '<r>'.repeat(300) + '</r>'.repeat(300)],
  ['a long text', `<r>${'t'.repeat(xmlLimits.textLength + 1)}</r>`],
  ['a name without end', `<${'n'.repeat(3 * 2 ** 20)}`],
  ['a comment without end', `<r><!--${'n'.repeat(3 * 2 ** 20)}`],
])('%s is refused with its line', async (_, text) => {
  const error = await partsOf(text).catch((caught) => caught);
  expect(error).toBeInstanceOf(MalformedFileError);
  expect(error.message).toMatch(/:\d+: (an?|elements) /);
  expect(error.hint).toBeTruthy();
});

test('what is not well-formed is refused where it breaks', async () => {
  await expect(partsOf('<r>\n<a>\n</r>')).rejects.toThrow(/:3: /);
  await expect(partsOf('')).rejects.toThrow(MalformedFileError);
  await expect(partsOf('{"json": true}')).rejects.toThrow(MalformedFileError);
});
