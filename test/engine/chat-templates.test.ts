import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compileChatTemplate } from '../../src/engine/chat-template.ts';
import { chatTemplateSource, chatTemplates } from '../../src/engine/chat-templates.ts';
import { MissingError, PathactError, UsageError } from '../../src/errors.ts';
import { tinyTokenizer } from '../helpers/tiny-tokenizer.ts';
import { CHATML } from '../helpers/tiny-vocabulary.ts';

const folder = mkdtempSync(join(tmpdir(), 'chat-templates-'));
afterAll(() => rmSync(folder, { recursive: true }));

const conversation = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Yes?' },
  { role: 'user', content: 'Bye' },
];
const tokenizer = tinyTokenizer({ vocabulary: 'spm' });
const rendered = (source: string) => compileChatTemplate(source, tokenizer).render(conversation);

test('the built-in template chatml is ChatML', () => {
  expect(rendered(chatTemplateSource('chatml'))).toBe(rendered(CHATML));
});

test.each([
  [
    'llama3',
    '<bos><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nYes?<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
  ],
  [
    'gemma',
    '<bos><start_of_turn>user\nBe brief.\n\nHello<end_of_turn>\n<start_of_turn>model\nYes?<end_of_turn>\n<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n',
  ],
  [
    'phi3',
    '<|system|>\nBe brief.<|end|>\n<|user|>\nHello<|end|>\n<|assistant|>\nYes?<|end|>\n<|user|>\nBye<|end|>\n<|assistant|>\n',
  ],
  [
    'zephyr',
    '<|system|>\nBe brief.</s>\n<|user|>\nHello</s>\n<|assistant|>\nYes?</s>\n<|user|>\nBye</s>\n<|assistant|>\n',
  ],
  ['mistral', '<bos>[INST] Be brief.\n\nHello [/INST] Yes?<eos>[INST] Bye [/INST]'],
  ['plain', 'System: Be brief.\n\nUser: Hello\n\nAssistant: Yes?\n\nUser: Bye\n\nAssistant:'],
])('the built-in template %s', (name, text) => {
  expect(rendered(chatTemplateSource(name))).toBe(text);
});

test('every built-in template opens the same turn for a question without a system turn', () => {
  for (const source of Object.values(chatTemplates)) {
    const text = compileChatTemplate(source, tokenizer).render([{ role: 'user', content: 'Hello' }]);
    expect(text).toContain('Hello');
    expect(text).not.toContain('undefined');
  }
});

test('a file is read as it is, without its byte order mark', () => {
  const file = join(folder, 'mine.jinja');
  writeFileSync(file, `\ufeff${CHATML}`);
  expect(chatTemplateSource(file)).toBe(CHATML);
});

test.each([
  ['nothing', 'constructor', MissingError, /no chat template "constructor"/],
  ['an empty name', ' ', UsageError, /needs a name or a file/],
  ['a folder', folder, PathactError, /is no file/],
])('%s is refused, and the hint names the built-in ones', (_, name, kind, message) => {
  expect(() => chatTemplateSource(name)).toThrow(kind);
  expect(() => chatTemplateSource(name)).toThrow(message);
  expect(() => chatTemplateSource(name)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('chatml') }),
  );
});

test.each([
  ['an empty file', '', /is empty/],
  ['a binary file', Buffer.from([0, 255, 254]), /no UTF-8/],
  ['a huge file', 'x'.repeat(1_000_001), /larger/],
])('%s is refused', (_, content, message) => {
  const file = join(folder, 'odd.jinja');
  writeFileSync(file, content);
  expect(() => chatTemplateSource(file)).toThrow(message);
});
