import { afterEach, expect, test } from 'vitest';
import type { Engine, LowBitOptions } from '../../../src/engine/engine.ts';
import { endpointOver, neverStop, tinyEngine } from '../../helpers/tiny-endpoint.ts';

const open: Engine[] = [];
afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
});

async function reply(lowBit?: LowBitOptions) {
  const engine = await tinyEngine({}, { lowBit });
  open.push(engine);
  const body = {
    prompt: Array.from({ length: 300 }, (_, i) => 3 + ((i * 31) % 240)),
    max_tokens: 60,
    temperature: 1,
    seed: 7,
    logit_bias: neverStop,
  };
  const request = new Request('http://x/v1/completions', { method: 'POST', body: JSON.stringify(body) });
  const answer = (await (await endpointOver(engine).fetch(request)).json()) as {
    choices: { text: string }[];
    system_fingerprint: string;
  };
  return { text: answer.choices[0]!.text, fingerprint: answer.system_fingerprint };
}

test.each(['exact', 'speculative', 'previous'] as const)(
  'a seed gives the text of the plain engine where %s fetches everything',
  async (predictor) => {
    const plain = await reply();
    const low = await reply({ bits: 2, fetch: 384, predictor });
    expect(low.text).toBe(plain.text);
  },
);

test.each(['exact', 'speculative', 'previous', 'none'] as const)(
  'a seed gives the same text again with %s, whose fingerprint is its own',
  async (predictor) => {
    const options = { bits: 1, fetch: 8, predictor } as const;
    const first = await reply(options);
    expect(await reply(options)).toEqual(first);
    if (predictor === 'exact') expect(first.fingerprint).toMatch(/-specache1x8$/);
    else expect(first.fingerprint).toContain(predictor);
  },
);
