import { expect, test } from 'vitest';
import { FairQueue } from '../../../src/endpoint/scheduling/fair-queue.ts';

const item = (client: string, n: number) => ({ client, n });
const idle = () => 0;

function take(queue: FairQueue<ReturnType<typeof item>>, running = idle as (client: string) => number) {
  const next = queue.peek(running);
  if (next) queue.remove(next);
  return next && `${next.client}${next.n}`;
}

test('clients alternate, each in its own order', () => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  for (const n of [1, 2, 3]) queue.push(item('a', n));
  queue.push(item('b', 1));
  queue.push(item('c', 1));
  queue.push(item('b', 2));
  expect(Array.from({ length: 7 }, () => take(queue))).toEqual([
    'a1',
    'b1',
    'c1',
    'a2',
    'b2',
    'a3',
    undefined,
  ]);
  expect(queue.length).toBe(0);
});

test('who has less running comes first', () => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  for (const client of ['a', 'b', 'c']) queue.push(item(client, 1));
  const running = (client: string) => ({ a: 3, b: 2, c: 2 })[client] ?? 0;
  expect([take(queue, running), take(queue, running), take(queue, running)]).toEqual(['b1', 'c1', 'a1']);
});

test('what comes back goes to the front of its line; what left is gone', () => {
  const queue = new FairQueue<ReturnType<typeof item>>();
  const [first, second] = [item('a', 1), item('a', 2)];
  queue.push(first);
  queue.push(second);
  queue.pushFront(item('a', 0));
  expect(queue.remove(first)).toBe(true);
  expect(queue.remove(first)).toBe(false);
  expect([...queue].map(({ n }) => n)).toEqual([0, 2]);
  expect(queue.length).toBe(2);
});
