import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/endpoint/api-error.ts';
import { toolFormatOf } from '../../../src/endpoint/tools/formats.ts';
import type { ChatMessage, ToolFormat } from '../../../src/endpoint/tools/tool-format.ts';
import { toolChoiceSchema, toolsSchema } from '../../../src/endpoint/tools/tool-schemas.ts';
import { compileChatTemplate } from '../../../src/engine/chat-template.ts';
import type { ConstraintSpec } from '../../../src/engine/constraint/constraint.ts';
import { readGguf } from '../../../src/engine/gguf.ts';
import { defaultModelFile, lacksDefaultModel } from '../../helpers/default-model.ts';
import { tinyTokenizer } from '../../helpers/tiny-tokenizer.ts';
import { CHATML } from '../../helpers/tiny-vocabulary.ts';
import { parseReply } from './reply-parts.ts';
import { ALTERNATING, HERMES, LLAMA3, QWEN3, STRING_ARGUMENTS } from './templates.ts';

const city = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Any town' } },
  required: ['city'],
};
const tools = toolsSchema.parse([
  {
    type: 'function',
    function: { name: 'weather', description: 'The weather\nat a place.', parameters: city },
  },
  { type: 'function', function: { name: 'time' } },
]);
const call = (id: string, name: string, text: string) => ({
  id,
  type: 'function' as const,
  function: { name, arguments: text },
});
const result = (id: string, content: string): ChatMessage => ({ role: 'tool', tool_call_id: id, content });
const conversation: ChatMessage[] = [
  { role: 'user', content: 'How is Rome?' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [call('a', 'weather', '{"city":"Rome"}'), call('b', 'time', '')],
  },
  result('a', 'sunny'),
  result('b', 'noon'),
  {
    role: 'user',
    content: [
      { type: 'text', text: 'And ' },
      { type: 'text', text: 'Oslo?' },
    ],
  },
];

const tokenizer = tinyTokenizer();
function prompt(source: string, messages: readonly ChatMessage[], choice: 'auto' | 'none' = 'auto'): string {
  const prepared = toolFormatOf(source).prepare(messages, tools, choice);
  return compileChatTemplate(source, tokenizer).render(prepared.messages, { tools: prepared.tools });
}

test.each([
  ['hermes', HERMES],
  ['qwen3', QWEN3],
  ['llama3', LLAMA3],
  ['built-in', CHATML],
  ['built-in', ALTERNATING],
  ['built-in', undefined],
  ['built-in', '{% broken'],
  ['hermes', STRING_ARGUMENTS],
  ['built-in', HERMES.replaceAll('tool_call>', 'function=call>')],
])('the format %s is known by the template', (name, source) => {
  expect(toolFormatOf(source).name).toBe(name);
});

test('a template that knows tools gets them, calls with arguments as a value, and results', () => {
  expect(prompt(HERMES, conversation)).toBe(`<|im_start|>system
# Tools
<tools>
${JSON.stringify(tools[0]).replaceAll(/(?<=[,:}])(?=["{[])/g, ' ')}
{"type": "function", "function": {"name": "time", "description": "", "parameters": {"type": "object", "properties": {}}}}
</tools>
Call within <tool_call></tool_call> tags.<|im_end|>
<|im_start|>user
How is Rome?<|im_end|>
<|im_start|>assistant
<tool_call>
{"name": "weather", "arguments": {"city": "Rome"}}
</tool_call>
<tool_call>
{"name": "time", "arguments": {}}
</tool_call><|im_end|>
<|im_start|>user
<tool_response>
sunny
</tool_response>
<tool_response>
noon
</tool_response><|im_end|>
<|im_start|>user
And Oslo?<|im_end|>
<|im_start|>assistant
`);
});

test('a template that puts arguments together with text gets them as text', () => {
  expect(prompt(STRING_ARGUMENTS, conversation)).toContain('"arguments": {"city":"Rome"}}');
});

test('a template that takes one call a turn gets each call followed by its result, whatever their order', () => {
  const [question, calls, first, second] = conversation as [
    ChatMessage,
    ChatMessage,
    ChatMessage,
    ChatMessage,
  ];
  const text = prompt(LLAMA3, [question, calls, second, first]);
  const order = [
    '"name": "weather", "parameters": {"city": "Rome"}',
    'sunny',
    '"name": "time", "parameters": {}',
    'noon',
  ];
  const places = order.map((part) => text.lastIndexOf(part));
  expect(places.every((place) => place > 0)).toBe(true);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(prompt(LLAMA3, [question, calls])).toContain('"name": "time"');
});

test('a template that knows no tools gets them as text', () => {
  expect(prompt(CHATML, [{ role: 'system', content: 'Be brief.' }, ...conversation])).toBe(`<|im_start|>system
Be brief.

You can call tools. Tools:
weather(city: string): The weather at a place.
  city: Any town
time()

To call a tool, write only this, with the tool's name and a JSON object of arguments:
<tool_call>
{"name": "...", "arguments": {...}}
</tool_call>
The result then comes in <tool_response> tags. If no tool helps, answer in plain words.<|im_end|>
<|im_start|>user
How is Rome?<|im_end|>
<|im_start|>assistant
<tool_call>
{"name": "weather", "arguments": {"city":"Rome"}}
</tool_call>
<tool_call>
{"name": "time", "arguments": {}}
</tool_call><|im_end|>
<|im_start|>user
<tool_response name="weather">
sunny
</tool_response>
<tool_response name="time">
noon
</tool_response>
And Oslo?<|im_end|>
<|im_start|>assistant
`);
});

test('a template without system turns has the tools in front of the first question', () => {
  const text = prompt(ALTERNATING, conversation);
  expect(text).toMatch(
    /^<\|im_start\|>user\nYou can call tools\.[\s\S]*plain words\.\n\nHow is Rome\?<\|im_end\|>/,
  );
  expect(text).toContain('\nnoon\n</tool_response>\nAnd Oslo?<|im_end|>\n<|im_start|>model\n');
});

test.each([HERMES, CHATML])('with the choice none no tool is shown, but earlier calls are', (source) => {
  const text = prompt(source, conversation, 'none');
  expect(text).not.toContain('at a place');
  expect(text).toContain('{"name": "weather", "arguments": ');
});

test('the calls that a model is told of are the calls that the parser reads', () => {
  for (const source of [HERMES, QWEN3, LLAMA3, CHATML]) {
    const format = toolFormatOf(source);
    const text = prompt(source, conversation);
    const written = text
      .slice(text.lastIndexOf('{"name": "weather"') - (source === LLAMA3 ? 0 : 12))
      .split('<|')[0]!;
    const { calls } = parseReply(format.parser(tools), [written]);
    expect(calls.map(({ name, arguments: given }) => [name, JSON.parse(given)])).toContainEqual([
      'weather',
      { city: 'Rome' },
    ]);
  }
});

describe('a choice becomes a constraint:', () => {
  const hermes = toolFormatOf(HERMES);
  const schemaOf = (name: string) => ({
    type: 'object',
    properties: {},
    ...(name === 'weather' && city),
    additionalProperties: false,
  });
  const one = (
    name: string,
    key = 'arguments',
    args: ConstraintSpec = { kind: 'schema', schema: schemaOf(name) },
  ): ConstraintSpec => ({
    kind: 'sequence',
    parts: [{ kind: 'text', text: `{"name": "${name}", "${key}": ` }, args, { kind: 'text', text: '}' }],
  });
  const all: ConstraintSpec = { kind: 'any-of', options: [one('weather'), one('time')] };
  const between = '\n</tool_call>\n<tool_call>\n';
  const close: ConstraintSpec = { kind: 'text', text: '\n</tool_call>' };
  const repeat = (part: ConstraintSpec, max: number | undefined): ConstraintSpec => ({
    kind: 'repeat',
    part,
    min: 1,
    max,
    separator: between,
  });

  test('none is free', () => {
    expect(hermes.constraint(tools, 'none', true)).toBeUndefined();
    expect(hermes.constraint([], 'auto', true)).toBeUndefined();
  });

  test('required is one call or several', () => {
    const open: ConstraintSpec = { kind: 'text', text: '<tool_call>\n' };
    const made = hermes.constraint(tools, 'required', true);
    expect(made?.spec).toEqual({ kind: 'sequence', parts: [open, repeat(all, undefined), close] });
    expect(made?.trigger).toBeUndefined();
    expect(hermes.constraint(tools, 'required', false)?.spec).toEqual({
      kind: 'sequence',
      parts: [open, repeat(all, 1), close],
    });
  });

  test('auto is free up to the opening tag', () => {
    const rest: ConstraintSpec = { kind: 'text', text: '\n' };
    expect(hermes.constraint(tools, 'auto', true)).toMatchObject({
      trigger: '<tool_call>',
      spec: { kind: 'sequence', parts: [rest, repeat(all, undefined), close] },
    });
  });

  test('a named tool is called once; allowed tools are those', () => {
    const named = hermes.constraint(tools, { type: 'function', function: { name: 'time' } }, true);
    expect(JSON.stringify(named?.spec)).not.toContain('weather');
    expect(JSON.stringify(named?.spec)).toContain('"max":1');
    const time = { type: 'function' as const, function: { name: 'time' } };
    const allowed = hermes.constraint(
      tools,
      { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [time] } },
      true,
    );
    expect(allowed?.trigger).toBe('<tool_call>');
    expect(JSON.stringify(allowed?.spec)).not.toContain('weather');
  });

  test('Llama 3 begins after the head of its JSON, at the start of a reply only, one call a turn', () => {
    const made = toolFormatOf(LLAMA3).constraint(tools, 'auto', true);
    expect(made).toMatchObject({ trigger: '{"name": ', atStart: true });
    expect(JSON.stringify(made?.spec)).toContain('"\\"weather\\", \\"parameters\\": "');
    expect(JSON.stringify(made?.spec)).not.toContain('repeat');
    expect(JSON.stringify(toolFormatOf(LLAMA3).constraint(tools, 'required', true)?.spec)).toContain(
      '{\\"name\\": \\"weather\\"',
    );
  });

  test('schemas are closed unless they say otherwise; strict ones stand as they are and have no fallback', () => {
    const open = {
      type: 'object',
      properties: { a: { type: 'object', properties: {}, additionalProperties: true } },
    };
    const anyOf = { anyOf: [{ type: 'object', properties: {} }] };
    const loose = toolsSchema.parse(
      [open, anyOf].map((parameters, i) => ({ type: 'function', function: { name: `t${i}`, parameters } })),
    );
    const text = JSON.stringify(hermes.constraint(loose, 'required', true)?.spec);
    expect(text).toContain(JSON.stringify({ ...open, additionalProperties: false }));
    expect(text).toContain(JSON.stringify(anyOf));
    const strict = toolsSchema.parse([
      { type: 'function', function: { name: 't', parameters: open, strict: true } },
    ]);
    const made = hermes.constraint(strict, 'required', true);
    expect(JSON.stringify(made?.spec)).toContain(JSON.stringify(open));
    expect(made?.fallback).toBeUndefined();
    expect(JSON.stringify(hermes.constraint(loose, 'required', true)?.fallback)).toContain('{"kind":"json"}');
  });

  test.each([
    ['required', []],
    [{ type: 'function', function: { name: 'missing' } }, tools],
    [
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'missing' } }] },
      },
      tools,
    ],
  ])('a choice of a tool that is not there is refused (%j)', (choice, given) => {
    const parsed = toolChoiceSchema.parse(choice);
    expect(() => hermes.constraint(given, parsed, true)).toThrow(ApiError);
    expect(() => hermes.prepare([], given, parsed)).toThrow(/tool_choice/);
  });
});

test('a tool whose schema nests without end is refused', () => {
  const parameters = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
  const refused = toolsSchema.safeParse([{ type: 'function', function: { name: 'f', parameters } }]);
  expect(refused.error?.issues[0]?.message).toContain('deeper');
});

test('a template is shown what a model needs of a tool, and not that it is strict', () => {
  const strict = toolsSchema.parse([
    { type: 'function', function: { name: 'f', strict: true, parameters: city } },
  ]);
  const { tools: shown } = toolFormatOf(HERMES).prepare([], strict, 'auto');
  expect(shown).toEqual([{ type: 'function', function: { name: 'f', description: '', parameters: city } }]);
});

test('tools of one name, or of a name that is none, are refused', () => {
  const named = (name: string) => ({ type: 'function', function: { name } });
  expect(toolsSchema.safeParse([named('a'), named('a')]).success).toBe(false);
  for (const name of ['', 'a b', 'a"', '<|im_end|>', 'x'.repeat(65)]) {
    expect(toolsSchema.safeParse([named(name)]).success).toBe(false);
  }
});

describe.skipIf(lacksDefaultModel)('the default model', () => {
  const source = () => readGguf(defaultModelFile).metadata.text('tokenizer.chat_template')!;
  const format = (): ToolFormat => toolFormatOf(source());

  test('has no place for tools in its template, so its format is built in, and a second turn renders', () => {
    expect(format().name).toBe('built-in');
    const text = prompt(source(), conversation);
    expect(text).toContain('weather(city: string): The weather at a place.');
    expect(text).toContain('<tool_response name="weather">\nsunny');
  });
});
