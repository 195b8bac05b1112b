import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConstraintStart } from '../../../src/endpoint/tools/constraint-start.ts';

const tags = { open: '<think>', close: '</think>' };

/** The text past the place where the constraint begins; undefined: it never does. */
function pastStart(start: ConstraintStart, pieces: readonly string[]): string | undefined {
  let past = start.begun ? '' : undefined;
  for (const piece of pieces) {
    if (start.begun) past += piece;
    else past = start.push(piece);
  }
  return past;
}

test.each([
  ['at once without a trigger', {}, false, 'abc', 'abc'],
  ['after thinking that the prompt opened', {}, true, 'hm </think>{', '{'],
  ['after the trigger', { trigger: '<tool_call>' }, false, 'So: <tool_call>\n{', '\n{'],
  ['never without it', { trigger: '<tool_call>' }, false, 'So: <tool_cal', undefined],
  ['not inside thinking', { trigger: '<go>' }, false, '\n<think><go></think>x<go>y', 'y'],
  ['not inside thinking that the prompt opened', { trigger: '<go>' }, true, '<go></think>x<go>y', 'y'],
  ['at the start', { trigger: '{"name": ', atStart: true as const }, false, '\n{"name": "a', '"a'],
  [
    'not later where only the start counts',
    { trigger: '{"a', atStart: true as const },
    false,
    'x{"a',
    undefined,
  ],
])('the constraint begins %s', (_, constraint, inReasoning, text, past) => {
  expect(pastStart(new ConstraintStart(constraint, tags, inReasoning), [text])).toBe(past);
  expect(pastStart(new ConstraintStart(constraint, tags, inReasoning), text.split(''))).toBe(past);
});

test('where it begins does not depend on how the text is cut', () => {
  const text = fc
    .array(fc.constantFrom('<think>', '</think>', '<go>', '<g', 'o>', ' ', 'x', '<'), { maxLength: 10 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.boolean(), fc.boolean(), (reply, inReasoning, atStart) => {
      const constraint = { trigger: '<go>', ...(atStart && { atStart: true as const }) };
      const once = pastStart(new ConstraintStart(constraint, tags, inReasoning), [reply]);
      expect(pastStart(new ConstraintStart(constraint, tags, inReasoning), reply.split(''))).toBe(once);
    }),
  );
});
