import { expect, test } from 'vitest';
import { askSummarySchema } from '../../src/cli/answer-summary.ts';
import { runEventSchema } from '../../src/run.ts';
import { lacksDefaultModel } from '../helpers/default-model.ts';
import { runPathact } from './run-pathact.ts';

/** Where this machine keeps its models. */
const home = Object.fromEntries(
  ['HOME', 'PATHACT_HOME', 'XDG_CACHE_HOME'].flatMap((name) => {
    const value = process.env[name];
    return value ? [[name, value]] : [];
  }),
);

test.skipIf(lacksDefaultModel)(
  'ask answers on our own endpoint with the default model, the same way every time',
  async () => {
    const ask = async () => {
      const { stdout, stderr, code } = await runPathact(
        ['ask', 'Does loss of PTEN raise AKT activity?', '--json'],
        home,
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      const events = lines.slice(0, -1).map((line) => runEventSchema.parse(line));
      return { events, summary: askSummarySchema.parse(lines.at(-1)) };
    };
    const { events, summary } = await ask();
    expect(summary).toMatchObject({ connected: true, model: { smokeScale: true, contextFrom: 'endpoint' } });
    expect(summary.model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(summary.evidence.length).toBeGreaterThanOrEqual(2);
    expect(summary.usage.cachedTokens).toBeGreaterThan(0);

    const said = (all: typeof events) => all.flatMap((event) => ('text' in event ? [event.text] : []));
    expect(said((await ask()).events)).toEqual(said(events));
  },
  120_000,
);
