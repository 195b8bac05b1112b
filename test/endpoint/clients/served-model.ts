import { afterAll, beforeAll } from 'vitest';
import { listen, type RunningServer } from '../../../src/endpoint/server.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { loadEngine } from '../../../src/engine/load-engine.ts';
import { defaultModelFile } from '../../helpers/default-model.ts';
import { endpointOver } from '../../helpers/tiny-endpoint.ts';

/** Serves the default model on a loopback socket for the tests of a file; gives the base URL, which ends in `/v1`. */
export function servedDefaultModel(): () => string {
  let engine: Engine;
  let server: RunningServer;
  beforeAll(async () => {
    engine = await loadEngine(defaultModelFile);
    server = await listen(endpointOver(engine), '127.0.0.1', 0);
  });
  afterAll(async () => {
    await server.close();
    engine.close();
  });
  return () => `${server.url}/v1`;
}

export const question = 'What is the weather in Paris?';

/** The tool that every client calls: its arguments, and what it gives. */
export const weatherParameters = {
  type: 'object',
  properties: {
    city: { type: 'string', enum: ['Paris', 'Rome'] },
    unit: { type: 'string', enum: ['C', 'F'] },
  },
  required: ['city', 'unit'],
  additionalProperties: false,
};
export const weatherIn = ({ city, unit }: { city: string; unit: string }) =>
  JSON.stringify({ city, temperature: unit === 'C' ? 19 : 66, sky: 'clear' });
