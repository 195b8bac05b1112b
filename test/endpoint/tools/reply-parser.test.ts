import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { opensReasoning, toolFormatOf } from '../../../src/endpoint/tools/formats.ts';
import { parseReply } from './reply-parts.ts';
import { HERMES, LLAMA3, QWEN3 } from './templates.ts';

const tool = (name: string) => ({ type: 'function' as const, function: { name } });
const tools = [tool('weather'), tool('time')];
const hermes = toolFormatOf(HERMES);
const qwen3 = toolFormatOf(QWEN3);
const llama3 = toolFormatOf(LLAMA3);

const whole = (text: string, format = hermes) => parseReply(format.parser(tools), [text]);
const weather = (city: string) => ({ name: 'weather', arguments: `{"city": "${city}"}` });

test('a reply without calls is its text, white space included', () => {
  expect(whole(' Hello,\n world. \n').content).toBe(' Hello,\n world. \n');
});

test('text and calls are told apart, and white space between them is dropped', () => {
  const reply = whole(
    'Let me look.\n\n<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>\n<tool_call>\n{"name": "time", "arguments": {}}\n</tool_call>\n',
  );
  expect(reply).toEqual({
    content: 'Let me look.',
    reasoning: '',
    calls: [weather('Rome'), { name: 'time', arguments: '{}' }],
  });
});

test('arguments stream as they come, and a tag that is not whole yet is held back', () => {
  const parser = hermes.parser(tools, { newId: () => 'call_1' });
  expect(parser.push('Yes <tool')).toEqual([{ kind: 'content', text: 'Yes' }]);
  expect(parser.push('_call>{"name": "weather", "argu')).toEqual([]);
  expect(parser.push('ments": {"ci')).toEqual([
    { kind: 'call', index: 0, id: 'call_1', name: 'weather' },
    { kind: 'arguments', index: 0, text: '{"ci' },
  ]);
  expect(parser.push('ty": "Rome"')).toEqual([{ kind: 'arguments', index: 0, text: 'ty": "Rome"' }]);
  expect(parser.push('}}</tool')).toEqual([{ kind: 'arguments', index: 0, text: '}' }]);
  expect(parser.push('_call>')).toEqual([]);
  expect(parser.finish()).toEqual([]);
});

test('ids are call_ and 24 hex digits, each its own', () => {
  const text = '<tool_call>{"name": "time"}</tool_call>'.repeat(3);
  const ids = hermes
    .parser(tools)
    .push(text)
    .flatMap((part) => (part.kind === 'call' ? [part.id] : []));
  expect(ids.filter((id) => /^call_[\da-f]{24}$/.test(id))).toHaveLength(3);
  expect(new Set(ids).size).toBe(3);
});

describe('what small models write is understood:', () => {
  const call = '{"name": "weather", "arguments": {"city": "Rome"}}';
  test.each([
    ['no closing tag', `<tool_call>${call}`],
    ['a missing brace', '<tool_call>{"name": "weather", "arguments": {"city": "Rome"}</tool_call>'],
    ['two missing braces', '<tool_call>{"name": "weather", "arguments": {"city": "Rome"</tool_call>'],
    ['a brace too many', `<tool_call>${call}}</tool_call>`],
    ['a comma too many', '<tool_call>{"name": "weather", "arguments": {"city": "Rome"}, }</tool_call>'],
    ['parameters for arguments', call.replace('arguments', 'parameters')],
    [
      'arguments as a string',
      '<tool_call>{"name": "weather", "arguments": "{\\"city\\": \\"Rome\\"}"}</tool_call>',
    ],
    ['arguments first', '<tool_call>{"arguments": {"city": "Rome"}, "name": "weather"}</tool_call>'],
    [
      'other keys',
      '<tool_call>{"id": "a", "type": {"x": []}, "name": "weather", "arguments": {"city": "Rome"}, "n": 1}',
    ],
    ['a function inside', `<tool_call>{"type": "function", "function": ${call}}</tool_call>`],
    ['function for name', '<tool_call>{"function": "weather", "arguments": {"city": "Rome"}}</tool_call>'],
    ['a fence in the tags', `<tool_call>\n\`\`\`json\n${call}\n\`\`\`\n</tool_call>`],
    ['a fence for the tags', `\`\`\`json\n${call}\n\`\`\``],
    ['no tags', ` ${call}\n`],
    ['a list', `<tool_call>[${call}]</tool_call>`],
  ])('%s', (_, text) => {
    expect(whole(text)).toEqual({ content: '', reasoning: '', calls: [weather('Rome')] });
  });

  test('a list of several', () => {
    const { calls, content } = whole(`<tool_call>[${call}, ${call}]</tool_call>`);
    expect([calls.length, content]).toEqual([2, '']);
  });

  test('a comma before a closing bracket and a raw line break are mended, so that the arguments parse', () => {
    const { calls } = whole('<tool_call>{"name": "weather", "arguments": {"city": ["a\nb",\n], "n": 1, }}');
    expect(JSON.parse(calls[0]!.arguments)).toEqual({ city: ['a\nb'], n: 1 });
  });

  test('no arguments are an empty object', () => {
    const empty = { name: 'time', arguments: '{}' };
    for (const tail of ['', ', "arguments": null', ', "arguments": ""', ', "arguments": {}']) {
      expect(whole(`<tool_call>{"name": "time"${tail}}</tool_call>`).calls).toEqual([empty]);
    }
  });

  test('surrogate pairs in an escaped string of arguments are never given out by halves', () => {
    const text =
      '<tool_call>{"name": "weather", "arguments": "{\\"city\\": \\"\\ud83d\\ude00\\"}"}</tool_call>';
    const parser = hermes.parser(tools);
    const parts = [...text].flatMap((character) => parser.push(character));
    const texts = parts.flatMap((part) => (part.kind === 'arguments' ? [part.text] : []));
    expect(texts.every((one) => one.isWellFormed())).toBe(true);
    expect(texts.join('')).toBe('{"city": "😀"}');
  });
});

describe('what is no call is content, tags and all:', () => {
  test.each([
    ['an unknown tool', '<tool_call>{"name": "unknown", "arguments": {}}</tool_call>'],
    ['no JSON', 'Use <tool_call> tags like so: <tool_call>name</tool_call>.'],
    ['arguments that are no object', '<tool_call>{"name": "weather", "arguments": [1, 2]}</tool_call>'],
    ['a string that holds no object', '<tool_call>{"name": "weather", "arguments": "Rome"}</tool_call>'],
    ['a cut head', 'So: <tool_call>{"name": "wea'],
    ['a tag alone', '<tool_call>'],
    ['an object of its own', '{"name": "weather", "temperature": 20}'],
    ['a list', '[1, 2, 3]'],
    ['code', '```python\nprint({"name": "weather"})\n```\n'],
  ])('%s', (_, text) => {
    expect(whole(text)).toEqual({ content: text, reasoning: '', calls: [] });
  });

  test('without tools, everything', () => {
    const text = '<tool_call>{"name": "weather", "arguments": {}}</tool_call>';
    expect(parseReply(hermes.parser([]), [text]).content).toBe(text);
  });

  test('a call after a broken one still counts', () => {
    const reply = whole(
      '<tool_call>oops</tool_call> <tool_call>{"name": "time", "arguments": {}}</tool_call>',
    );
    expect(reply).toMatchObject({ content: '<tool_call>oops</tool_call>', calls: [{ name: 'time' }] });
  });

  test('arguments that the token limit cut off are given as far as they came', () => {
    expect(whole('<tool_call>{"name": "weather", "arguments": {"city": "Ro').calls).toEqual([
      { name: 'weather', arguments: '{"city": "Ro' },
    ]);
  });

  test('a head that goes on for ever is text', () => {
    const text = `<tool_call>{"note": "${'x'.repeat(20_000)}", "name": "time", "arguments": {}}`;
    expect(whole(text).content).toBe(text);
    expect(parseReply(hermes.parser(tools), text.match(/.{1,97}/gs)!).content).toBe(text);
  });
});

describe('Llama 3', () => {
  test.each([
    ['bare', '{"name": "weather", "parameters": {"city": "Rome"}}'],
    ['with its tag as text', '<|python_tag|>{"name": "weather", "parameters": {"city": "Rome"}}'],
  ])('a call is JSON, %s', (_, text) => {
    expect(whole(text, llama3)).toEqual({ content: '', reasoning: '', calls: [weather('Rome')] });
  });

  test.each(['; ', '\n', ';\n'])('several calls are separated by %j', (separator) => {
    const call = '{"name": "weather", "parameters": {"city": "Rome"}}';
    const reply = whole([call, call, call].join(separator), llama3);
    expect(reply).toEqual({
      content: '',
      reasoning: '',
      calls: [weather('Rome'), weather('Rome'), weather('Rome')],
    });
  });
});

describe('reasoning', () => {
  test('is told apart from content and calls', () => {
    const reply = whole(
      '<think>\nHm, a <tool_call>?\n</think>\n\nLook:\n<tool_call>{"name": "time", "arguments": {}}</tool_call>',
      qwen3,
    );
    expect(reply).toEqual({
      content: 'Look:',
      reasoning: 'Hm, a <tool_call>?',
      calls: [{ name: 'time', arguments: '{}' }],
    });
  });

  test('begins at once where the prompt has opened it', () => {
    const inReasoning = opensReasoning('<|im_start|>assistant\n<think>\n', qwen3.reasoning);
    expect(inReasoning).toBe(true);
    const reply = parseReply(qwen3.parser(tools, { inReasoning }), ['Hm.\n</thi', 'nk>\n\nYes.']);
    expect(reply).toEqual({ content: 'Yes.', reasoning: 'Hm.', calls: [] });
    expect(opensReasoning('<think>\n\n</think>\n\n', qwen3.reasoning)).toBe(false);
    expect(opensReasoning('<think>', hermes.reasoning)).toBe(false);
  });

  test('that is cut off is reasoning still; models that do not think have none', () => {
    expect(whole('<think>Hm', qwen3)).toMatchObject({ reasoning: 'Hm', content: '' });
    expect(whole('<think>Hm</think>')).toMatchObject({ reasoning: '', content: '<think>Hm</think>' });
    expect(whole('Yes <think>Hm</think>', qwen3).content).toBe('Yes <think>Hm</think>');
  });
});

const pieces = [
  '<tool_call>',
  '</tool_call>',
  '<tool_',
  '<think>',
  '</think>',
  '<|python_tag|>',
  '{"name": "weather", "arguments": {"city": "Rome"}}',
  '{"name": "time", "parameters": "{\\"a\\": \\"\\u00e9\\ud83d\\ude00\\", }"}',
  '{"arguments": {"x": [1,]}, "name": "time"}',
  '{"name": "unknown"',
  '"name": ',
  '"weather"',
  '"arguments": ',
  '"function": {',
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  ',',
  ':',
  ';',
  '```',
  '```json\n',
  '\n',
  ' ',
  'null',
  '\\ud83d',
  '\ud83d',
  '😀',
  'word',
  ' '.repeat(600),
];
const anyText = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...pieces) },
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    {
      maxLength: 14,
    },
  )
  .map((parts) => parts.join(''));
const someFormat = fc.constantFrom(hermes, qwen3, llama3, toolFormatOf(undefined));

function cutAt(text: string, sizes: readonly number[]): string[] {
  let at = 0;
  const pieces = sizes.map((size) => {
    at += size;
    return text.slice(at - size, at);
  });
  return [...pieces, text.slice(at)];
}

test('however a text is cut, the same comes out, and nothing throws', () => {
  fc.assert(
    fc.property(
      someFormat,
      anyText,
      fc.boolean(),
      fc.array(fc.nat(8), { maxLength: 60 }),
      (format, text, inReasoning, sizes) => {
        const cut = cutAt(text, sizes);
        const options = { inReasoning };
        const once = parseReply(format.parser(tools, options), [text]);
        expect(parseReply(format.parser(tools, options), cut)).toEqual(once);
        expect(parseReply(format.parser(tools, options), text.split(''))).toEqual(once);
      },
    ),
    { numRuns: 2000 },
  );
});

test('where no call is found, no visible character is lost', () => {
  const visible = (text: string) => text.replace(/\s+/g, '');
  fc.assert(
    fc.property(anyText, (text) => {
      const { content, calls } = whole(text);
      if (calls.length === 0) expect(visible(content)).toBe(visible(text));
    }),
    { numRuns: 1000 },
  );
});
