import { Template } from '@huggingface/jinja';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConversationRefusedError, compileChatTemplate } from '../../src/engine/chat-template.ts';
import { readGguf } from '../../src/engine/gguf.ts';
import { loadTokenizer } from '../../src/engine/load-tokenizer.ts';
import { MalformedFileError } from '../../src/errors.ts';
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
