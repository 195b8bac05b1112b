import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Literal } from '../../agents/pathseeker/literal.ts';
import { readCall } from '../../agents/pathseeker/read-call.ts';
import { findMarked, readMove } from '../../agents/pathseeker/read-move.ts';

/** `[tool, positional, named]` of a call that must read. */
function called(text: string) {
  const read = readCall(text);
  if (read.kind === 'malformed') throw new Error(read.reason);
  return [read.call.tool, read.call.positional, Object.fromEntries(read.call.named)];
}

test.each([
  ['Thought: x. Action:\nfoo(1)\nEnd Action', 'action', 'foo(1)'],
  ['Action: foo(1)', 'action', 'foo(1)'],
  ['Thought\nAnswer:\nFinished.', 'answer', 'Finished.'],
  ['The Answer: maybe', 'answer', 'maybe'],
  ['Action: foo(1)\nEnd Action Action: bar(2)', 'action', 'foo(1)'],
  ['Answer: 1 Answer: 2', 'answer', '1'],
  ['Action: Thought: hm Action:\nfoo(1)\nEnd Action', 'action', 'foo(1)'],
])('%j is an %s with content %j', (reply, kind, content) => {
  expect(findMarked(reply)).toMatchObject({ kind, content });
});

test('the reference takes the first segment, even where it is no call', () => {
  const nested = 'Action: Thought: hm Action:\nfoo(1)\nEnd Action';
  expect(findMarked(nested, { compat: true })).toMatchObject({ content: 'Thought: hm' });
  expect(readMove(nested, { compat: true }).kind).toBe('unreadable');
});

test.each([
  ['Action: foo(1) Answer: yes', 'not both'],
  ['I do not know.', 'must contain'],
  ['action: foo(1)', 'must contain'],
])('%j is unreadable and reminds of the rule', (reply, rule) => {
  const move = readMove(reply);
  expect(move).toMatchObject({ kind: 'unreadable', reminder: expect.stringContaining(rule) });
});

test('a second action or answer is not used and the model is reminded', () => {
  expect(readMove('Action: foo(1)\nEnd Action\nAction: bar(2)')).toMatchObject({
    kind: 'call',
    call: { tool: 'foo', positional: [1] },
    reminder: expect.stringContaining('first Action:'),
  });
  expect(readMove('Answer: 1 Answer: 2').reminder).toContain('first Answer:');
});

test.each([
  ['foo()', ['foo', [], {}]],
  ['foo("a", n=16,)', ['foo', ['a'], { n: 16 }]],
  ["obs, info = foo(['a'  'b', \"c\"], topk = -2.5e1)", ['foo', [['ab', 'c']], { topk: -25 }]],
  ['foo((1,), (2), ())', ['foo', [[1], 2, []], {}]],
  ['foo(True, false, None)', ['foo', [true, false, null], {}]],
  ['foo( # why\n "a"\n)', ['foo', ['a'], {}]],
  ['foo("""a "quoted" word""")', ['foo', ['a "quoted" word'], {}]],
  ["foo(['5'-phosphate', 'Alzheimer's disease'])", ['foo', [["5'-phosphate", "Alzheimer's disease"]], {}]],
  ["foo(['Does X cause Alzheimer's?'])", ['foo', [["Does X cause Alzheimer's?"]], {}]],
  ['foo("the "fast" kinase")', ['foo', ['the "fast" kinase'], {}]],
  ["foo('it\\'s \\u03b2\\x41\\n\\q')", ['foo', ["it's βA\n\\q"], {}]],
  ['```python\nfoo(["a"], 3)\n```', ['foo', [['a'], 3], {}]],
  ['```\nobs, info = foo("a")\n```\nand so on', ['foo', ['a'], {}]],
  ['`foo("a")`', ['foo', ['a'], {}]],
  ['{"name": "foo", "arguments": {"n": 3, "words": ["a"]}}', ['foo', [], { n: 3, words: ['a'] }]],
  ['{"tool": "foo", "args": ["a", 1]}', ['foo', ['a', 1], {}]],
  ['{"function": "foo", "arguments": "{\\"n\\": 3}"}', ['foo', [], { n: 3 }]],
  ['foo("a")\nThis finds more.', ['foo', ['a'], {}]],
])('%s is read as a literal call', (text, call) => {
  expect(called(text)).toEqual(call);
});

test.each([
  ['', 'one call'],
  ['foo', 'one call'],
  ['foo(', 'cut off'],
  ['foo("a', 'not closed'],
  ['foo([1, 2)', 'missing'],
  ['foo(x)', 'quotes'],
  ['foo(bar("a"))', 'quotes'],
  ['foo(1 + 2)', 'missing'],
  ['foo(1).bar', 'one plain call'],
  ['foo(1)[0]', 'one plain call'],
  ['foo(1); import os', 'one plain call'],
  ['os.system("rm")', 'one call'],
  ['__import__("os").system("x")', 'one plain call'],
  ['[x for x in y]', 'one call'],
  ['foo(a=1, a=2)', 'twice'],
  ['foo(a=1, 2)', 'without name'],
  ['foo(f"{x}")', 'quotes'],
  ['foo({"a": 1})', 'not a value'],
  ['{"name": "foo"', 'not valid JSON'],
  ['{"arguments": {}}', 'JSON call'],
  ['{"name": "foo", "arguments": {"a": {"b": 1}}}', 'neither'],
  ['{"name": "foo", "arguments": 3}', 'object or a list'],
])('%j is refused with a short reason', (text, reason) => {
  const read = readCall(text);
  expect(read).toMatchObject({ kind: 'malformed', reason: expect.stringContaining(reason) });
});

/** How Python writes a literal, with quotes and separators varied. */
function python(value: Literal): string {
  if (typeof value === 'string') {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n');
    return `'${escaped}'`;
  }
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return Object.is(value, -0) ? '-0.0' : String(value);
}

const literals = fc.letrec<{ value: Literal }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
  ),
})).value;
const identifiers = fc.stringMatching(/^[A-Za-z_]\w{0,20}$/);

test('every literal call reads back as it was written', () => {
  const named = fc.uniqueArray(fc.tuple(identifiers, literals), { selector: ([name]) => name, maxLength: 4 });
  fc.assert(
    fc.property(identifiers, fc.array(literals, { maxLength: 5 }), named, (tool, positional, pairs) => {
      const text = [...positional.map(python), ...pairs.map(([name, value]) => `${name}=${python(value)}`)];
      const read = readCall(`${tool}(${text.join(', ')})`);
      expect(read).toEqual({
        kind: 'call',
        call: { tool, positional, named: new Map(pairs) },
        ignored: false,
      });
    }),
  );
});

test('a keyword with any apostrophe between letters stays whole', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
      const phrase = words.join("'");
      expect(called(`foo(['${phrase}'])`)).toEqual(['foo', [[phrase]], {}]);
    }),
  );
});

test('no text makes the reader throw', () => {
  const pieces = fc.constantFrom(
    ...['Action:', 'Answer:', 'End Action', 'foo(', ')', '[', ']', '"', "'", "'''", '\\', ',', '=', '{', '}'],
    ...['```', '#', '\n', '\\u', 'obs, info = ', '1e999', '-', '.', '{"name":', '�', '\u0000', 'True'],
  );
  const noise = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 40 });
  fc.assert(
    fc.property(noise, fc.boolean(), (parts, compat) => {
      const text = parts.join('');
      expect(['call', 'ready', 'unreadable']).toContain(readMove(text, { compat }).kind);
      expect(['call', 'malformed']).toContain(readCall(text).kind);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['open brackets', `foo(${'['.repeat(19_000)}`],
  ['blanks', `foo(${' '.repeat(19_000)}`],
  ['blanks after the call', `foo()${' '.repeat(19_000)}x`],
  ['quotes', `foo(${"'".repeat(19_000)}`],
  ['quotes and blanks', `foo('${"' ".repeat(9_000)}`],
  ['strings side by side', `foo(${'"a" '.repeat(4_000)}`],
  ['backslashes', `foo('${'\\'.repeat(19_000)}`],
  ['a long name', 'f'.repeat(19_000)],
  ['many arguments', `foo(${'1,'.repeat(9_000)})`],
  ['many items', `foo([${'1,'.repeat(9_000)}])`],
  ['comments', `foo(${'#\n'.repeat(9_000)}`],
  ['fences', '`'.repeat(19_000)],
  ['nested JSON', `{"name":"f","arguments":${'['.repeat(9_000)}${']'.repeat(9_000)}}`],
  ['many actions', 'Action: foo(\n'.repeat(20_000)],
  ['many answers', 'Answer:'.repeat(100_000)],
  ['too long', `foo("${'a'.repeat(100_000)}")`],
])('hostile input (%s) is refused fast', (_, text) => {
  const started = performance.now();
  readMove(`Action: ${text}`);
  readCall(text);
  expect(performance.now() - started).toBeLessThan(500);
});
