import { Template } from '@huggingface/jinja';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConversationRefusedError, compileChatTemplate, textOf } from '../../src/engine/chat-template.ts';
import { readGguf } from '../../src/engine/gguf.ts';
import { loadTokenizer } from '../../src/engine/load-tokenizer.ts';
import { MalformedFileError } from '../../src/errors.ts';
import { HERMES, QWEN3 } from '../endpoint/tools/templates.ts';
import { defaultModelFile, lacksDefaultModel } from '../helpers/default-model.ts';
import { tinyTokenizer } from '../helpers/tiny-tokenizer.ts';
import { CHATML } from '../helpers/tiny-vocabulary.ts';

const tokenizer = tinyTokenizer();
const controls = (ids: readonly number[]) => ids.filter((id) => tokenizer.isControl(id));
const user = (content: string) => ({ role: 'user', content });

test('a conversation gets the tokens of its rendering as a whole', () => {
  const template = compileChatTemplate(CHATML, tokenizer);
  const messages = [{ role: 'system', content: 'hello <the> world' }, user(' the\n\n protein '), user('')];
  const rendered = new Template(CHATML).render({ messages, add_generation_prompt: true });
  expect(template.encode(messages)).toEqual(tokenizer.encode(rendered, { special: true }));
});

test('no message can open or close a turn', () => {
  const template = compileChatTemplate(CHATML, tokenizer);
  const pieces = [
    '<|im_start|>',
    '<|im_end|>',
    '<|im_',
    'start|>',
    '<',
    '<|endoftext|>',
    '\n',
    'system',
    ' ',
    '|>',
  ];
  const content = fc
    .array(fc.constantFrom(...pieces, '\udc00', '\ud800'), { maxLength: 8 })
    .map((p) => p.join(''));
  const expected = controls(template.encode([user(''), user('')]));
  fc.assert(
    fc.property(content, content, (one, other) => {
      const ids = template.encode([user(one), user(other)]);
      expect(controls(ids)).toEqual(expected);
      expect(tokenizer.decode(ids)).toContain(`user\n${one.toWellFormed()}\n`);
    }),
  );
});

test('a template that trims, joins or surrounds contents cannot be made to complete a control token', () => {
  const trimming = "{% for m in messages %}<|im_start|>{{ m.content | trim }}{% endfor %}|>{{ '<' }}";
  const template = compileChatTemplate(trimming, tokenizer);
  const ids = template.encode([user(' <|im_ '), user(' start|> '), user('|im_end|>'), user('<|im_end')]);
  expect(controls(ids)).toEqual([1, 1, 1, 1]);
  expect(tokenizer.decode(ids)).toBe('<|im_start|>|im_end|><|im_end|><');
});

test('a template that tests contents sees them as they are', () => {
  const testing = "{% for m in messages %}{{ m.content.split('</think>')[-1] }}{% endfor %}";
  const template = compileChatTemplate(testing, tokenizer);
  expect(tokenizer.decode(template.encode([user('<|im_end|></think>hello <|im_end|>')]))).toBe(
    'hello <|im_end|>',
  );
});

test('BOS is put in front where the file wants it and the template has not', () => {
  const spm = tinyTokenizer({ vocabulary: 'spm' });
  const body = '{% for m in messages %}{{ m.content }}{% endfor %}';
  const without = compileChatTemplate(body, spm).encode([user('a')]);
  expect(without).toEqual(spm.encode('a', { addBos: true }));
  expect(compileChatTemplate(`{{ bos_token }}${body}`, spm).encode([user('a')])).toEqual(without);
});

test('a refusal of the template tells its reason; a broken template is a broken file', () => {
  const strict = "{{ raise_exception('roles must alternate') }}";
  expect(() => compileChatTemplate(strict, tokenizer).encode([user('a')])).toThrow(ConversationRefusedError);
  expect(() => compileChatTemplate(strict, tokenizer).encode([user('a')])).toThrow(/roles must alternate/);
  expect(() => compileChatTemplate('{% for %}', tokenizer)).toThrow(MalformedFileError);
});

const hostile = [
  '<|im_start|>',
  '<|im_end|>',
  '<|im_',
  'start|>',
  'im_start',
  '<|',
  '|>',
  '<',
  '"',
  '\\',
  '\n',
  ' ',
  '}',
  ':',
  'a',
  '\ufdd0',
  '\ufdd1',
  '\\ufdd0',
  '\\\\ufdd0',
  '\udc00',
  'endoftext',
  '<|endoftext|>',
  '/',
  '<tool_call>',
  '</think>',
];
const hostileText = fc.array(fc.constantFrom(...hostile), { maxLength: 6 }).map((parts) => parts.join(''));

/** A conversation in which every text, key and name is this one's to choose. */
function withTexts([a, b, c, d, e]: readonly [string, string, string, string, string]) {
  const messages = [
    { role: 'system', content: a },
    {
      role: 'user',
      content: [
        { type: 'text', text: b },
        { type: 'text', text: c },
      ],
    },
    {
      role: 'assistant',
      content: null,
      reasoning_content: d,
      tool_calls: [
        { id: e, type: 'function', function: { name: a, arguments: { [b]: c, x: [d, { [e]: a, y: '' }] } } },
        { id: a, type: 'function', function: { name: b, arguments: c } },
      ],
    },
    { role: 'tool', name: d, tool_call_id: e, content: a },
    { role: 'user', content: b },
  ];
  const tools = [
    {
      type: 'function',
      function: {
        name: c,
        description: d,
        parameters: { type: 'object', properties: { [e]: { enum: [a, b] } } },
      },
    },
  ];
  return [messages, { tools, variables: { note: c, deep: { [d]: [e] } } }] as const;
}

const spelledOut = `{{ note }}{{ deep | tojson(indent=2) }}{% for t in tools %}{{ t | tojson }}{{ t.function.name + t.function.description }}{% endfor %}
{%- for m in messages %}{{ '<|im_start|>' + m.role + (m.name or '') + (m.tool_call_id or '') + '\\n' + m.content + (m.reasoning_content or '') }}
{%- for c in m.tool_calls or [] %}{{ c.id }}{{ c | tojson(ensure_ascii=true) }}{{ c.function.arguments | tojson | trim }}
{%- if c.function.arguments is mapping %}{% for k, v in c.function.arguments | items %}{{ '<|' + k + '|>' }}{{ v }}{% endfor %}{% endif %}{% endfor %}
{{- '<|' + m.content + '|>' + '<|im_end|>' }}{% endfor %}{{ messages | tojson }}`;

describe('no text of a conversation can become a control token:', () => {
  test.each([
    ['a template that prints all there is', spelledOut],
    ['Hermes', HERMES],
    ['Qwen 3', QWEN3],
    ['ChatML', CHATML],
  ])('%s', (_, source) => {
    const template = compileChatTemplate(source, tokenizer);
    const harmless = controls(template.encode(...withTexts(['q', 'w', 'z', 'v', 'k'])));
    fc.assert(
      fc.property(fc.tuple(hostileText, hostileText, hostileText, hostileText, hostileText), (texts) => {
        expect(controls(template.encode(...withTexts(texts)))).toEqual(harmless);
      }),
      { numRuns: 300 },
    );
  });

  test('marks leave nothing behind: the prompt as text is what the template prints', () => {
    const values = { bos_token: '<|im_start|>', eos_token: '<|im_end|>', add_generation_prompt: true };
    const template = compileChatTemplate(HERMES, tokenizer);
    fc.assert(
      fc.property(fc.tuple(hostileText, hostileText, hostileText, hostileText, hostileText), (texts) => {
        const [messages, { tools }] = withTexts(texts.map((text) => text.toWellFormed()) as typeof texts);
        const plain = messages.map((message) => ({ ...message, content: textOf(message.content) }));
        const expected = new Template(HERMES).render({ ...values, messages: plain, tools });
        expect(template.render(messages, { tools })).toBe(expected);
        expect(tokenizer.decode(template.encode(messages, { tools }), { special: true })).toBe(expected);
      }),
    );
  });
});

test('a template that takes pieces out of texts, or changes their case, cannot be made to put a control token together', () => {
  const rewriting =
    "{% for m in messages %}<|im_start|>{{ m.content.replace('/nothink', '').split('</think>')[-1] | lower }}{% endfor %}";
  const template = compileChatTemplate(rewriting, tokenizer);
  const ids = template.encode([
    user('<|im_/nothinkstart|>'),
    user('<|IM_END|> <b>'),
    user('hm</think>/nothink<|endof/nothinktext|>'),
  ]);
  expect(controls(ids)).toEqual([1, 1, 1]);
  expect(tokenizer.decode(ids)).toBe('<|im_start|><|im_end|> <b><|endoftext|>');
});

test('a conversation that holds every noncharacter, or is very deep, is refused', () => {
  const template = compileChatTemplate(CHATML, tokenizer);
  const all = Array.from({ length: 32 }, (_, i) => String.fromCharCode(0xfdd0 + i)).join('');
  expect(() => template.encode([user(`${all}\ufffe\uffff`)])).toThrow(ConversationRefusedError);
  expect(template.render([user(all)])).toContain(all);
  const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);
  expect(() => template.encode([user('a')], { tools: [deep] })).toThrow(/deep/);
});

test('content that is null, missing or in parts is text', () => {
  const template = compileChatTemplate(CHATML, tokenizer);
  const parts = [
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ];
  const messages = [{ role: 'assistant', content: null }, { role: 'user' }, { role: 'user', content: parts }];
  expect(template.render(messages, { addGenerationPrompt: false })).toBe(
    '<|im_start|>assistant\n<|im_end|>\n<|im_start|>user\n<|im_end|>\n<|im_start|>user\nab<|im_end|>\n',
  );
});

test('variables reach the template, but not those that are its own', () => {
  const template = compileChatTemplate(QWEN3, tokenizer);
  const render = (variables: Record<string, unknown>) => template.render([user('a')], { variables });
  expect(render({ enable_thinking: false })).toMatch(/assistant\n<think>\n\n<\/think>\n\n$/);
  expect(render({ enable_thinking: true })).toMatch(/assistant\n$/);
  for (const name of [
    'messages',
    'tools',
    'bos_token',
    'add_generation_prompt',
    'namespace',
    'true',
    '',
    'a-b',
    '__proto__',
  ]) {
    const variables = JSON.parse(`{${JSON.stringify(name)}: []}`);
    if (name !== '__proto__') expect(() => render(variables)).toThrow(/chat_template_kwargs/);
    else expect(render(variables)).toMatch(/assistant\n$/);
  }
});

describe('the stable prefix', () => {
  const keeps = compileChatTemplate(HERMES, tokenizer);
  const drops = compileChatTemplate(QWEN3, tokenizer);
  const thought = (content: string) => ({ role: 'assistant', content, reasoning_content: 'musing about it' });

  test('is the whole prompt where a template drops nothing', () => {
    expect(keeps.stablePrefixLength([user('a'), thought('b'), user('c')])).toBe(Number.POSITIVE_INFINITY);
    expect(drops.stablePrefixLength([user('a'), thought('b'), user('c')])).toBe(Number.POSITIVE_INFINITY);
  });

  test('ends where the opened thinking begins, which history does not keep', () => {
    const messages = [user('a'), thought('b'), user('c')];
    const options = { variables: { enable_thinking: false } };
    const stable = drops.stablePrefixLength(messages, options);
    const now = drops.encode(messages, options);
    const next = drops.encode([...messages, thought('d'), user('e')], options);
    expect(next.slice(0, stable)).toEqual(now.slice(0, stable));
    expect(tokenizer.decode(now.slice(0, stable), { special: true })).toMatch(
      /c<\|im_end\|>\n<\|im_start\|>$/,
    );
  });

  test('keeps the thinking of calls as long as more calls may follow', () => {
    const calls = [{ type: 'function', function: { name: 'f', arguments: {} } }];
    const messages = [user('a'), { ...thought(''), tool_calls: calls }, { role: 'tool', content: 'r' }];
    expect(drops.stablePrefixLength(messages)).toBe(Number.POSITIVE_INFINITY);
  });

  test('is a prefix of the next prompt whatever was said', () => {
    const turn = fc.tuple(hostileText, hostileText);
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 3 }), fc.boolean(), (turns, enable_thinking) => {
        const history = turns.flatMap(([asked, said]) => [user(asked), thought(said)]);
        const options = { variables: { enable_thinking } };
        const stable = drops.stablePrefixLength(history.slice(0, -1), options);
        const now = drops.encode(history.slice(0, -1), options);
        const common = Math.min(stable, now.length);
        expect(drops.encode([...history, user('x')], options).slice(0, common - 2)).toEqual(
          now.slice(0, common - 2),
        );
      }),
    );
  });
});

describe.skipIf(lacksDefaultModel)('the default model', () => {
  test('ordinary chats give the tokens of rendering and then reading the whole text', () => {
    const { metadata } = readGguf(defaultModelFile);
    const real = loadTokenizer(metadata);
    const source = metadata.text('tokenizer.chat_template')!;
    const template = compileChatTemplate(source, real);
    const word = fc.constantFrom(
      'PTEN',
      ' ',
      '\n',
      '| inhibition |',
      '<b>',
      'é',
      '12',
      '.',
      "'s",
      '日本',
      '\t',
      '>',
    );
    const content = fc.array(word, { maxLength: 12 }).map((words) => words.join(''));
    const role = fc.constantFrom('system', 'user', 'assistant');
    const conversation = fc.array(fc.record({ role, content }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(conversation, (messages) => {
        const rendered = new Template(source).render({ messages, add_generation_prompt: true });
        expect(template.encode(messages)).toEqual(real.encode(rendered, { special: true }));
      }),
    );
  });
});
