import { expect, onTestFinished, test } from 'vitest';
import { doctorReportSchema } from '../../src/cli/doctor.ts';
import { listen } from '../download/fake-hub.ts';
import { emptyHome, runPathact } from './run-pathact.ts';

async function diagnose(env: Record<string, string>) {
  const ran = await runPathact(['doctor', '--json'], env);
  const { ready, checks } = doctorReportSchema.parse(JSON.parse(ran.stdout));
  return { ...ran, ready, state: (name: string) => checks.find((check) => check.name === name) };
}

test('without the default model doctor exits 4 and says how to get it', async () => {
  const { code, ready, state, stderr } = await diagnose({ PATHACT_HOME: emptyHome() });
  expect([code, ready]).toEqual([4, false]);
  expect(state('default model')).toMatchObject({
    state: 'missing',
    howToGet: expect.stringContaining('models pull'),
  });
  expect(state('default graph')).toMatchObject({
    state: 'ok',
    found: expect.stringMatching(/\d+ nodes, \d+ edges/),
  });
  expect(stderr).toContain('pathact models pull smollm2-135m-instruct');
});

test('with another endpoint no model file is needed, and the endpoint is asked', async () => {
  const authorizations: (string | undefined)[] = [];
  const server = await listen((request, response) => {
    authorizations.push(request.headers.authorization);
    response.writeHead(request.url === '/v1/models' ? 200 : 404).end('{}');
  });
  onTestFinished(() => server.close());
  const env = { PATHACT_HOME: emptyHome(), OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: 'sk-hidden' };
  const { state, stdout } = await diagnose(env);
  expect(state('endpoint')?.state).toBe('ok');
  expect(state('default model')?.state).toBe('optional');
  expect(authorizations).toEqual(['Bearer sk-hidden']);
  expect(stdout).not.toContain('sk-hidden');
});

test('an endpoint that is configured and silent is missing', async () => {
  const { state, code } = await diagnose({
    PATHACT_HOME: emptyHome(),
    OPENAI_BASE_URL: 'http://127.0.0.1:49/v1',
  });
  expect(code).toBe(4);
  expect(state('endpoint')).toMatchObject({ state: 'missing', found: '127.0.0.1:49 cannot be reached' });
});
