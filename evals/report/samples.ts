import type { TimedEvent } from '../../src/store/events.ts';
import type { SampleRecord } from '../../src/store/samples.ts';
import { type Question, questionSchema } from '../biomaze/question.ts';
import { html, type Markup } from './html.ts';
import { mechanismSection } from './mechanism.ts';
import { evidencePicture } from './picture.ts';
import { evidenceList, transcriptSection } from './transcript.ts';

/** One run's answer to a sample; undefined where the run has none (yet). */
export interface Answered {
  label: string;
  record: SampleRecord | undefined;
  events: readonly TimedEvent[];
}

type Result = 'right' | 'wrong' | 'unparsed' | 'error' | 'unscored' | 'missing';

const resultNames: Record<Result, string> = {
  right: 'right',
  wrong: 'wrong',
  unparsed: 'no verdict',
  error: 'failed',
  unscored: 'not scored',
  missing: 'not asked',
};

/** The form above the samples; its script looks at the samples' data attributes of the same names. */
export function filterForm(runs: readonly string[]): Markup {
  const select = (
    name: string,
    label: string,
    options: readonly (readonly [string, string])[],
  ) => html`<label>${label}
<select name="${name}"><option value="">all</option>${options.map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select></label>`;
  const plain = (values: readonly string[]) => values.map((value) => [value, value] as const);
  const results = Object.entries(resultNames).filter(([result]) => runs.length > 1 || result !== 'missing');
  return html`<form class="filters" role="search" aria-label="Filter the samples">
${runs.map((run, i) => select(`run${i}`, run, results))}
${select('label', 'label', plain(['Yes', 'No']))}
${select('category', 'category', plain(['normal', 'perturbed', 'natural', 'intervened', 'single', 'interaction', 'function']))}
<label>words in question or id <input id="search" type="search" autocomplete="off"></label>
<span class="small soft" aria-live="polite">shown: <span id="shown"></span></span>
</form>`;
}

/** One sample with the answers of all runs, folded. */
export function sampleSection(answers: readonly Answered[]): Markup {
  const record = answers.find((answer) => answer.record)!.record!;
  const question = questionSchema.parse(record.input);
  const results = answers.map((answer) => resultOf(answer.record));
  const data = results.map((result, i) => html` data-run${i}="${result}"`);
  return html`<details class="sample"${data} data-label="${question.label}" data-category="${categories(question).join(' ')}">
<summary><span class="question">${question.question}</span>
<span class="results">${answers.map(({ label }, i) => chip(results[i]!, answers.length > 1 ? label : undefined))}</span>
<span class="about">${record.id}${record.epoch > 1 && ` · epoch ${record.epoch}`} · ${categories(question).join(' · ')}${question.label && ` · label ${question.label}`}</span></summary>
<div class="inside">
<p><strong>Answer in the data:</strong> ${question.answer}</p>
<div class="answers">${answers.map((answer) => answerSection(answer, answers.length > 1))}</div>
</div></details>
`;
}

function categories({ inquiry, condition, target }: Question): string[] {
  return [inquiry, condition, target];
}

function resultOf(record: SampleRecord | undefined): Result {
  if (!record) return 'missing';
  if (record.status === 'error') return 'error';
  if (record.outcome?.unparsed) return 'unparsed';
  if (record.score === null) return 'unscored';
  return record.score === 1 ? 'right' : 'wrong';
}

function chip(result: Result, run: string | undefined): Markup {
  return html`<span class="chip ${result}">${run && `${run}: `}${resultNames[result]}</span>`;
}

function answerSection({ label, record, events }: Answered, named: boolean): Markup {
  const heading = named ? html`<h3>${label}</h3>` : null;
  if (!record)
    return html`<section>${heading}<p class="soft">This run has no answer to this sample.</p></section>`;
  const { outcome } = record;
  return html`<section>${heading}
${record.error && html`<p class="notice">${record.error}</p>`}
${
  outcome &&
  html`<p><strong>Verdict:</strong> ${outcome.verdict ?? 'none'} <span class="soft small">· ${endingOf(record)}</span></p>
<p><strong>Answer:</strong></p><pre>${outcome.answer}</pre>
${evidenceList(outcome.evidence)}${mechanismSection(outcome)}${evidencePicture(outcome.evidence, events)}`
}
${transcriptSection(events)}</section>`;
}

function endingOf({ outcome, ms, modelCalls }: SampleRecord): string {
  const parts = [outcome?.stop === 'done' ? 'answered' : `stopped: ${outcome?.stop}`];
  if (outcome?.uncertain) parts.push('uncertain');
  if (outcome?.connected === false) parts.push('the evidence does not connect the named entities');
  return [...parts, `${modelCalls} model calls`, `${(ms / 1000).toFixed(1)} s`].join(' · ');
}
