import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listen, type RunningServer } from '../../src/endpoint/server.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { OpenAiDescription } from '../helpers/openai-description.ts';
import { lacksSharedData } from '../helpers/shared-data.ts';
import { endpointOver, tinyEngine } from '../helpers/tiny-endpoint.ts';

const poolings: [string, number][] = [
  ['mean', 1],
  ['first', 2],
  ['last', 3],
];

describe.each(poolings)('a model that pools by the %s', (pooling, number) => {
  let engine: Engine;
  let server: RunningServer;
  let client: OpenAI;
  beforeAll(async () => {
    engine = await tinyEngine({ pooling: number });
    server = await listen(endpointOver(engine), '127.0.0.1', 0);
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(async () => {
    await server.close();
    engine.close();
  });
  const embed = async (body: object) =>
    (await client.embeddings.create({ model: 'tiny', input: 'hello the world', ...body })).data.map(
      ({ embedding }) => embedding,
    );

  test('gives vectors of length one, the same as numbers and in base64', async () => {
    const [base64] = await embed({}); // the client asks for base64 by itself
    const [floats] = await embed({ encoding_format: 'float' });
    expect(base64!.length).toBe(64);
    expect(Math.hypot(...floats!)).toBeCloseTo(1, 5);
    base64!.forEach((value, i) => {
      expect(value).toBeCloseTo(floats![i]!, 6);
    });
  });

  test('makes the vector of the states that a forward pass has', async () => {
    const text = 'hello the world and the protein '.repeat(20);
    const tokens = engine.tokenizer.encode(text);
    const sequence = engine.createSequence();
    const [states] = await engine.forward([{ sequence, tokens, logits: 'states' }]);
    sequence.free();
    const rows = tokens.map((_, i) => [...states!.subarray(i * 64, (i + 1) * 64)]);
    const mean = rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
    const expected = { mean, first: rows[0]!, last: rows.at(-1)! }[pooling]!;
    const [vector] = await embed({ input: text, encoding_format: 'float' });
    vector!.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]! / Math.hypot(...expected), 5);
    });
  });

  test('takes many texts and token ids, and cuts to the asked dimensions', async () => {
    const tokens = engine.tokenizer.encode('hello');
    const [byText] = await embed({ input: ['hello', 'the'], dimensions: 8 });
    const [byIds] = await embed({ input: [tokens], dimensions: 8 });
    expect(byText).toEqual(byIds);
    expect(byText).toHaveLength(8);
    expect(Math.hypot(...byText!)).toBeCloseTo(1, 5);
    await expect(embed({ dimensions: 65 })).rejects.toThrow('have 64');
    await expect(embed({ input: '' })).rejects.toThrow('input');
  });

  test.skipIf(lacksSharedData('tool-calling'))('answers as OpenAI describes it', async () => {
    const body = JSON.stringify({ model: 'tiny', input: ['hello', 'the'] });
    const response = await fetch(`${server.url}/v1/embeddings`, { method: 'POST', body });
    const problems = new OpenAiDescription().problems('CreateEmbeddingResponse', await response.json());
    expect(problems).toEqual([]);
  });
});
