import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAgent } from '../../../agents/loop.ts';
import { pathSeekerAgent } from '../../../agents/pathseeker/path-seeker.ts';
import { loadGraph } from '../../../graphs/load.ts';
import { createSearch, type PathwaySearch } from '../../../graphs/search.ts';
import { listen, type RunningServer } from '../../../src/endpoint/server.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { openAiChatModel } from '../../../src/model/openai-chat-model.ts';
import { eventsOf, outcomeIn } from '../../helpers/run-events.ts';
import { endpointOver, tinyEngine } from '../../helpers/tiny-endpoint.ts';
import { writeToyGraph } from '../../helpers/toy-graph.ts';

let engine: Engine;
let server: RunningServer;
let search: PathwaySearch;
beforeAll(async () => {
  engine = await tinyEngine({ contextLength: 16_384 });
  server = await listen(endpointOver(engine), '127.0.0.1', 0);
  search = createSearch(await loadGraph(writeToyGraph()));
});
afterAll(async () => {
  await server.close();
  engine.close();
});

const questions = [
  'Does the alpha kinase ALFK1 raise the gamma receptor GAMR?',
  'Does zeta acid raise delta factor?',
  'Is omega ion there?',
];

/** Turns and invalid ones of a model with random weights, over the wire. */
async function navigate(constrained: boolean): Promise<{ turns: number; invalid: number }> {
  const model = openAiChatModel({ baseUrl: `${server.url}/v1`, name: 'tiny' });
  const signal = new AbortController().signal;
  const sum = { turns: 0, invalid: 0 };
  for (const [seed, text] of questions.entries()) {
    const agent = pathSeekerAgent({ text, kind: 'judge' }, { search, constrained });
    const { navigation, steps } = outcomeIn(
      await eventsOf(runAgent(agent, { model, maxSteps: 6, seed, signal })),
    );
    sum.turns += steps;
    sum.invalid += navigation?.invalid ?? 0;
  }
  return sum;
}

test('our endpoint holds a model with random weights to legal turns; free, it makes none', {
  timeout: 120_000,
}, async () => {
  const held = await navigate(true);
  expect(held.turns).toBeGreaterThanOrEqual(questions.length);
  expect(held.invalid).toBe(0);
  const free = await navigate(false);
  expect(free.invalid).toBe(free.turns);
});
