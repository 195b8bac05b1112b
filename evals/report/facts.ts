import type { AttemptRecord } from '../../src/store/attempts.ts';
import type { RunRecord } from '../../src/store/runs.ts';
import type { Summary } from '../biomaze/summary.ts';
import { duration } from '../harness/progress.ts';
import { count, dateTime } from './format.ts';
import { html, type Markup } from './html.ts';

/** Where a run comes from: everything that is needed to make it again. */
export function factsSection(run: RunRecord, attempts: readonly AttemptRecord[], summary: Summary): Markup {
  return html`<h3>Run ${run.id}</h3>
<div class="wide"><table class="facts"><tbody>
${[...runFacts(run, attempts, summary), ...settingFacts(run), ...environmentFacts(attempts)].map(
  ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
)}
</tbody></table></div>`;
}

type Fact = [name: string, value: string | Markup];

function runFacts(run: RunRecord, attempts: readonly AttemptRecord[], summary: Summary): Fact[] {
  const wallMs = attempts.reduce(
    (sum, { startedAt, endedAt, heartbeatAt }) => sum + (endedAt ?? heartbeatAt) - startedAt,
    0,
  );
  const { calls, prompt, cached, completion } = summary.tokens;
  const failed = run.error === null ? '' : `: ${run.error}`;
  return [
    ['status', `${run.status}${failed}, ${summary.n} of ${run.planned} samples, ${summary.errors} failed`],
    ['started', dateTime(run.startedAt)],
    ['took', `${duration(wallMs)}${attempts.length > 1 ? ` in ${attempts.length} attempts` : ''}`],
    [
      'tokens',
      `${count(prompt)} prompt (${count(cached)} cached) and ${count(completion)} new in ${count(calls)} model calls`,
    ],
  ];
}

function settingFacts({ settings }: RunRecord): Fact[] {
  return Object.entries(settings)
    .filter(([, value]) => value !== null)
    .map(
      ([name, value]): Fact => [
        name,
        html`<code>${typeof value === 'string' ? value : JSON.stringify(value)}</code>`,
      ],
    );
}

/** What the attempts agree on once, what they differ in for each. */
function environmentFacts(attempts: readonly AttemptRecord[]): Fact[] {
  const names = [...new Set(attempts.flatMap(({ environment }) => Object.keys(environment)))];
  return names.map((name): Fact => {
    const values = attempts
      .map(({ environment }) => environment[name] ?? null)
      .filter((value) => value !== null);
    const texts = [
      ...new Set(values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))),
    ];
    return [name, html`${texts.map((text, i) => html`${i > 0 && html`<br>`}<code>${text}</code>`)}`];
  });
}
