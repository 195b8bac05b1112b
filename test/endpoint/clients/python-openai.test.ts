import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { lacksDefaultModel } from '../../helpers/default-model.ts';
import { question, servedDefaultModel, weatherParameters } from './served-model.ts';

/** A Python that may have the package; `.ci/run` makes one and says so here. */
const python = process.env.PATHACT_TEST_PYTHON ?? 'python3';
const lacksPackage = spawnSync(python, ['-c', 'import openai']).status !== 0;
const mustRun = process.env.PATHACT_TEST_PYTHON !== undefined;

describe.skipIf(lacksDefaultModel || (lacksPackage && !mustRun))('the openai package of PyPI', () => {
  const baseURL = servedDefaultModel();

  test('holds a conversation of two turns with a tool, whole and streamed', async () => {
    const script = join(import.meta.dirname, 'tool_conversation.py');
    const { stdout } = await promisify(execFile)(python, [script], {
      env: {
        ...process.env,
        OPENAI_BASE_URL: baseURL(),
        OPENAI_API_KEY: 'none',
        QUESTION: question,
        PARAMETERS: JSON.stringify(weatherParameters),
      },
    });
    const told = JSON.parse(stdout) as Record<string, unknown>;
    expect(told).toMatchObject({
      name: 'get_weather',
      finish: 'tool_calls',
      arguments: { city: expect.any(String) },
    });
    expect(told.streamed).toEqual(told.arguments);
    expect(told.answer).toMatch(/\w/);
    expect(told.response).toMatch(/\w/);
  });
});
