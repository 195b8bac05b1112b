import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../src/endpoint/app.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { defaultModelFile, lacksDefaultModel } from '../helpers/default-model.ts';
import { OpenAiDescription } from '../helpers/openai-description.ts';
import { lacksSharedData } from '../helpers/shared-data.ts';
import { endpointOver } from '../helpers/tiny-endpoint.ts';

interface StoredRequest {
  says: string;
  path: string;
  body: { stream?: boolean };
  /** 200 where it is absent. */
  status?: number;
  /** What the answer holds besides. */
  answer?: object;
}

const folder = join(import.meta.dirname, 'requests');
const kinds = readdirSync(folder).map((file): [string, StoredRequest[]] => {
  // A prompt that is too long for the model would be too long to read as well.
  const text = readFileSync(join(folder, file), 'utf8').replaceAll('@long', 'word '.repeat(9000));
  return [file.replace('.json', ''), JSON.parse(text) as StoredRequest[]];
});

const schemas: Record<string, { whole: string; event: string }> = {
  '/v1/chat/completions': {
    whole: 'CreateChatCompletionResponse',
    event: 'CreateChatCompletionStreamResponse',
  },
  '/v1/completions': { whole: 'CreateCompletionResponse', event: 'CompletionChunk' },
  '/v1/responses': { whole: 'Response', event: 'ResponseStreamEvent' },
};

/** The JSON objects of a stream of events. */
function eventsOf(text: string): unknown[] {
  const data = text.split('\n\n').flatMap((event) => event.match(/^data: (.*)$/m)?.[1] ?? []);
  return data.filter((line) => line !== '[DONE]').map((line) => JSON.parse(line) as unknown);
}

describe.skipIf(lacksDefaultModel || lacksSharedData('tool-calling'))(
  'an answer is as OpenAI describes it',
  () => {
    let engine: Engine;
    let endpoint: Endpoint;
    let description: OpenAiDescription;
    beforeAll(async () => {
      description = new OpenAiDescription();
      engine = await loadEngine(defaultModelFile);
      endpoint = endpointOver(engine);
    });
    afterAll(() => engine.close());

    describe.each(kinds)('%s', (_, requests) => {
      test.each(requests)('$says ($path)', async ({ path, body, status = 200, answer = {} }) => {
        const request = new Request(`http://localhost${path}`, {
          method: 'POST',
          body: JSON.stringify(body),
        });
        const response = await endpoint.fetch(request);
        const text = await response.text();
        expect(response.status, text).toBe(status);
        const { whole, event } = schemas[path]!;
        if (body.stream) {
          const events = eventsOf(text);
          expect(events.length).toBeGreaterThan(1);
          expect(events.flatMap((one) => description.problems(event, one))).toEqual([]);
        } else {
          const value = JSON.parse(text) as object;
          expect(description.problems(status === 200 ? whole : 'ErrorResponse', value)).toEqual([]);
          expect(value).toMatchObject(answer);
        }
      });
    });

    test('the description refuses what is not valid', () => {
      expect(description.problems('CreateChatCompletionResponse', { id: 'x' })).not.toEqual([]);
      expect(description.problems('ResponseStreamEvent', { type: 'response.created' })).not.toEqual([]);
    });
  },
);
