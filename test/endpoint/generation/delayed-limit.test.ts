import { expect, test } from 'vitest';
import { DelayedLimit } from '../../../src/endpoint/generation/delayed-limit.ts';
import type { ReplyLimit } from '../../../src/endpoint/generation/text-service.ts';
import { ConstraintStart } from '../../../src/endpoint/tools/constraint-start.ts';
import { tinyTokenizer } from '../../helpers/tiny-tokenizer.ts';

const tokenizer = tinyTokenizer();
const tags = { open: '<think>', close: '</think>' };
const idsOf = (text: string) => tokenizer.encode(text);

/** Takes anything, remembers it, and needs `shortest` tokens to end. */
function remembering(shortest: number) {
  const taken: number[] = [];
  const limit: ReplyLimit = {
    mask: () => undefined,
    accept: (token) => void taken.push(token),
    forced: () => [],
    shortestCompletion: () => shortest,
  };
  return { taken, limit };
}

const allows = (limit: ReplyLimit, id: number, tokensLeft: number) => {
  const mask = limit.mask(tokensLeft);
  return !mask || ((mask[id >>> 5]! >>> (id & 31)) & 1) === 1;
};

function triggered(shortest: number, marker = ' the') {
  const { taken, limit } = remembering(shortest);
  const start = new ConstraintStart({ trigger: marker }, undefined, false);
  return { taken, limit: new DelayedLimit(tokenizer, { start, marker, isRequired: false }, limit) };
}

test('the limit sees what comes after the trigger, and nothing before it', () => {
  const { taken, limit } = triggered(1);
  for (const id of idsOf('hello the')) limit.accept(id);
  expect(taken).toEqual([]);
  for (const id of idsOf(' protein')) limit.accept(id);
  expect(tokenizer.decode(taken)).toBe(' protein');
});

test('no token reaches past the trigger', () => {
  const { limit } = triggered(1, 'hell');
  const [hello] = idsOf('hello');
  const [hell] = idsOf('hell');
  expect(allows(limit, hello!, 50)).toBe(false);
  expect(allows(limit, hell!, 50)).toBe(true);
});

test('the trigger does not come when what must follow has no room', () => {
  const { limit } = triggered(10);
  const [the] = idsOf(' the');
  expect(allows(limit, the!, 11)).toBe(true);
  expect(allows(limit, the!, 10)).toBe(false);
  expect(limit.shortestCompletion()).toBe(1);
});

test('thinking that has to end is ended in time, and the reply does not stop before', () => {
  const { taken, limit: inner } = remembering(3);
  const start = new ConstraintStart({}, tags, true);
  const limit = new DelayedLimit(tokenizer, { start, marker: tags.close, isRequired: true }, inner);
  const closing = idsOf(tags.close);
  expect(limit.shortestCompletion()).toBe(closing.length + 3);
  let left = closing.length + 3 + 4;
  const [stop] = tokenizer.stopIds;
  const written: number[] = [];
  while (!start.begun) {
    expect(allows(limit, stop!, left)).toBe(false);
    const wanted = idsOf('a')[0]!;
    const token = allows(limit, wanted, left) ? wanted : closing.find((id) => allows(limit, id, left))!;
    limit.accept(token);
    written.push(token);
    left--;
  }
  expect(tokenizer.decode(written)).toMatch(/^a+<\/think>$/);
  expect(left).toBeGreaterThanOrEqual(3);
  expect(taken).toEqual([]);
});
