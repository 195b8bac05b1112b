import { expect, test } from 'vitest';
import { soak } from '../../../evals/bench/soak.ts';
import { listen } from '../../../src/endpoint/server.ts';
import { endpointOver } from '../../helpers/tiny-endpoint.ts';
import { CHATML } from '../../helpers/tiny-vocabulary.ts';
import { ToyEngine } from '../../helpers/toy-engine.ts';

test('a soak finds no wrong reply at a server that gives each client its own, and finds those of one that mixes them up', async () => {
  const engine = new ToyEngine();
  engine.facts.chatTemplate = CHATML;
  const server = await listen(endpointOver(engine), '127.0.0.1', 0);
  const signal = new AbortController().signal;
  try {
    const right = await soak({ url: server.url, clients: 4, seconds: 1, signal });
    expect(right).toMatchObject({ clients: 4, wrong: 0, failed: 0, examples: [] });
    expect(Object.keys(right.requests).length).toBeGreaterThan(2);
    const nextToken = engine.nextToken.bind(engine);
    engine.nextToken = (tokens) => (engine.batches.at(-1)!.length > 1 ? 50 : nextToken(tokens));
    const mixed = await soak({ url: server.url, clients: 4, seconds: 1, signal });
    expect(mixed.wrong).toBeGreaterThan(0);
    expect(mixed.examples.length).toBeGreaterThan(0);
  } finally {
    await server.close();
  }
}, 60_000);
