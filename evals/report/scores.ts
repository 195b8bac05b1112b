import type { PairedDifference } from '../biomaze/compare.ts';
import type { EpochScores } from '../biomaze/epochs.ts';
import type { KvCheck } from '../biomaze/kv-check.ts';
import type { Reference, SliceScore } from '../biomaze/score-table.ts';
import type { Summary } from '../biomaze/summary.ts';
import { supportText } from '../biomaze/support.ts';
import { type BarGroup, barChart } from './chart.ts';
import { kvCheckText, percent, points, probability, range } from './format.ts';
import { html, type Markup } from './html.ts';
import { scoreCells, scoreColumns } from './score-columns.ts';

/** What one run contributes to the tables. */
export interface RunScores {
  /** Tells the runs apart: the method, with the model where methods are the same. */
  label: string;
  summary: Summary;
  /** Undefined where no answers were checked against full attention. */
  kvCheck: KvCheck | undefined;
}

/** The chart and the table of all runs side by side. */
export function scoresSection(runs: readonly RunScores[]): Markup {
  const notes = runs.map(({ summary }) => summary.note).filter((note) => note !== null);
  if (runs.every(({ summary }) => summary.slices.length === 0)) {
    return html`<h2>Scores</h2><p>${notes[0] ?? 'There are no scored samples yet.'}</p>`;
  }
  return html`<h2>Scores</h2>
${runs.length > 1 && html`<p class="small">${runs.map(({ label }, i) => html`<span class="swatch run-${i % 4}"></span>${label} &#160; `)}</p>`}
${barChart(
  groupsOf(runs),
  runs.map(({ label }) => label),
)}
<div class="wide">${scoreTable(runs)}</div>
${runs.map(({ label, summary: { epochs } }) => epochs && html`<p>${runs.length > 1 && `${label}: `}${epochsText(epochs)}</p>`)}
${runs.map(({ label, kvCheck }) => kvCheck && html`<p>${runs.length > 1 && `${label}: `}${kvCheckText(kvCheck)}</p>`)}
${runs.map(({ label, summary }) => summary.support && html`<p>${runs.length > 1 && `${label}: `}${supportText(summary.support)}</p>`)}
<p class="small soft">Balanced accuracy is the mean of the accuracies on Yes and on No questions (arXiv 2502.16660, §5.1). Failed samples count as wrong; answers without a readable verdict are wrong for either label and have their own column. Intervals are percentiles of 2,000 seeded bootstrap resamples in which both questions of a pair, and all epochs of a question, are drawn together; where all answers of a slice are right, or all wrong, they are Wilson’s.</p>`;
}

function epochsText({ epochs, questions, mean, atLeastOnce, deviation }: EpochScores): string {
  const share = ({ accuracy, accuracyInterval }: EpochScores['mean']) =>
    `${percent(accuracy)} (95 % ${range(accuracyInterval)})`;
  const spread = `the accuracy deviates by ${(100 * deviation).toFixed(1)} points from epoch to epoch`;
  return `${questions} questions in ${epochs} epochs each: ${share(mean)} right on average, ${share(atLeastOnce)} right at least once; ${spread}.`;
}

function groupsOf(runs: readonly RunScores[]): BarGroup[] {
  return sliceNames(runs)
    .filter((name) => !name.includes('·'))
    .map((name) => ({
      name,
      bars: runs.map(({ summary }) => {
        const line = summary.slices.find(({ slice }) => slice === name);
        if (!line) return { value: null, interval: null, n: 0 };
        const isOpen = line.nYes + line.nNo === 0; // judged answers have no classes to balance
        return isOpen
          ? { value: line.accuracy, interval: line.accuracyInterval, n: line.n }
          : { value: line.balanced, interval: line.balancedInterval, n: line.n };
      }),
    }));
}

/** In the table's order: the first run that has a slice decides its place. */
function sliceNames(runs: readonly RunScores[]): string[] {
  return [...new Set(runs.flatMap(({ summary }) => summary.slices.map(({ slice }) => slice)))];
}

/** A row for each run and slice, the runs of a slice together: what is compared stands in one column. */
function scoreTable(runs: readonly RunScores[]): Markup {
  return html`<table>
<thead><tr><th scope="col">category</th>${runs.length > 1 && html`<th scope="col" class="text">method</th>`}${scoreColumns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${sliceNames(runs).map((name) => runs.map((run, i) => sliceRow(name, run, i, runs.length)))}
${runs[0]?.summary.references.map((line) => referenceRow(line, runs.length))}
</tbody></table>`;
}

function sliceRow(name: string, { label, summary }: RunScores, index: number, runs: number): Markup {
  const kind = name === 'all' ? 'first' : name.includes('·') ? 'cell' : '';
  const inner = index < runs - 1 ? 'inner' : '';
  return html`<tr class="${kind} ${inner}">${index === 0 && html`<th scope="row" rowspan="${runs}">${name}</th>`}
${runs > 1 && html`<td class="text"><span class="swatch run-${index % 4}"></span>${label}</td>`}
${sliceCells(summary.slices.find(({ slice }) => slice === name))}</tr>`;
}

function sliceCells(line: SliceScore | undefined): Markup[] {
  const cells = line ? scoreCells(line) : scoreColumns.map(() => '–');
  return cells.map((value) => html`<td>${value}</td>`);
}

/** Guessing, and always giving the commoner label of the first run's samples. */
function referenceRow({ method, accuracy, balanced }: Reference, runs: number): Markup {
  return html`<tr class="reference"><th scope="row">${method}</th>${runs > 1 && html`<td></td>`}
<td></td><td></td><td></td><td>${percent(accuracy)}</td><td></td><td>${percent(balanced)}</td><td></td><td></td><td></td></tr>`;
}

/** How far a run is above the first one on the same samples. */
export function comparisonSection(
  first: string,
  others: readonly { label: string; difference: PairedDifference }[],
): Markup {
  return html`<h2>Paired difference</h2>
<p>On the samples that both runs have, how many points each is above ${first}; intervals of the difference itself.</p>
<div class="wide"><table>
<thead><tr><th></th><th scope="col">n</th><th scope="col">accuracy</th><th scope="col">95 %</th><th scope="col">balanced</th><th scope="col">95 %</th><th scope="col">only it is right</th><th scope="col">only ${first} is right</th><th scope="col">p (McNemar)</th><th scope="col">n for 3 points</th><th scope="col">unpaired</th></tr></thead>
<tbody>${others.map(({ label, difference }) => comparisonRow(label, difference))}</tbody></table></div>`;
}

function comparisonRow(label: string, d: PairedDifference): Markup {
  const interval = (of: PairedDifference['accuracyInterval']) =>
    of === null ? '–' : `${points(of.low)} to ${points(of.high)}`;
  const values = [
    d.n,
    points(d.accuracy),
    interval(d.accuracyInterval),
    points(d.balanced),
    interval(d.balancedInterval),
  ];
  return html`<tr><th scope="row">${label}</th>${[...values, d.onlySecond, d.onlyFirst, probability(d.p), d.nForThreePoints ?? '–', d.unpaired].map((v) => html`<td>${v}</td>`)}</tr>`;
}
