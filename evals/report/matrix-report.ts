import {
  comparisonCells,
  comparisonHeader,
  type PaperTableRow,
  paperTable,
  tableNotes,
} from '../biomaze/matrix/paper-table.ts';
import { headline, headlineInterval, type MatrixResults, type MatrixRow } from '../biomaze/matrix/results.ts';
import { countWith, percent, range } from './format.ts';
import { html, Markup } from './html.ts';
import { type ChartGroup, type ChartPoint, intervalChart } from './interval-chart.ts';
import { style } from './style.ts';

export interface MatrixReport {
  results: MatrixResults;
  /** The matrix file's name, and what else the head says. */
  title: string;
  facts: readonly string[];
  smokeScale: boolean;
}

/** One self-contained page about a matrix: chart, the paper's table, all cells, paired tests, runs. No script. */
export function* matrixPage({ results, title, facts, smokeScale }: MatrixReport): Generator<string> {
  yield head(title, facts, smokeScale).text;
  yield html`<h2>Scores</h2>${chart(results)}`.text;
  yield html`<h2>Table of the paper’s layout</h2>${tableOf(results)}`.text;
  yield html`<h2>Every category</h2>${results.rows.map((row) => sliceTable(row))}`.text;
  if (results.comparisons.length > 0) yield comparisons(results).text;
  yield runs(results).text;
  yield '</main></body></html>\n';
}

function head(title: string, facts: readonly string[], smokeScale: boolean): Markup {
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
  return html`${new Markup('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>BioMaze matrix: ${title}</title>
<style>${new Markup(style)}</style></head><body><main>
<h1>BioMaze matrix: ${title}</h1>
<p class="soft">${facts.map((fact, i) => html`${i > 0 && html`<br>`}${fact}`)}</p>
${smokeScale && html`<p class="notice">A model below one billion parameters answered here. Its scores show that everything works; they say nothing about the method.</p>`}`;
}

function chart({ rows, published, split }: MatrixResults): Markup {
  const title = split === 'truefalse' ? 'Class-averaged accuracy' : 'Share judged correct';
  const own = [...Map.groupBy(rows, ({ model }) => model)].map(([name, of]): ChartGroup => {
    const points = of.map(({ method, slices }): ChartPoint => {
      const all = slices.find(({ slice }) => slice === 'all');
      const value = headline(all, split);
      return { label: method, value, interval: headlineInterval(all, split), published: false };
    });
    return { name, points };
  });
  const theirs = [...Map.groupBy(published, ({ backbone }) => backbone)].map(([name, of]): ChartGroup => {
    const points = of.map(({ method, shots, derivedAll }): ChartPoint => {
      const label = shots === null ? method : `${method} ${shots}-shot`;
      return { label, value: derivedAll, interval: null, published: true };
    });
    return { name: `${name} (published)`, points };
  });
  return intervalChart([...own, ...theirs], title, split === 'truefalse' ? 0.5 : null);
}

function tableOf(results: MatrixResults): Markup {
  const { header, rows } = paperTable(results);
  return html`<div class="wide"><table><thead>${headerRow(header)}</thead><tbody>
${rows.map((row) => tableRow(row, header.length))}</tbody></table></div>
${tableNotes(results).map((note) => html`<p class="small soft">${note}</p>`)}`;
}

function headerRow(cells: readonly string[]): Markup {
  return html`<tr>${cells.map((cell) => html`<th scope="col">${cell}</th>`)}</tr>`;
}

const rowClasses = { model: 'first', own: 'inner', counts: 'cell', published: 'reference' } as const;

function tableRow({ kind, cells }: PaperTableRow, width: number): Markup {
  const [first, ...rest] = cells;
  const span = rest.length === 0 ? html` colspan="${width}"` : '';
  return html`<tr class="${rowClasses[kind]}"><th scope="row"${span}>${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`;
}

function sliceTable({ method, model, slices, contamination, unscored }: MatrixRow): Markup {
  const { near, questions, exemplars, interval } = contamination;
  return html`<h3>${method} on ${model}</h3>
${slices.length === 0 ? html`<p>${unscored} answers without a score.</p>` : html`<div class="wide"><table><thead>${headerRow(['category', 'n', 'Yes', 'No', 'accuracy', '95 %', 'class-averaged', '95 %', 'unparsed (95 %)', 'failed (95 %)'])}</thead><tbody>${slices.map(sliceRow)}</tbody></table></div>`}
<p class="small soft">Near-duplicates of the prompts’ ${exemplars} worked examples: ${near.length} of ${questions} questions (95 % ${range(interval)} %)${near.length > 0 && `: ${near.map(({ id }) => id).join(', ')}`}.</p>`;
}

function sliceRow(line: MatrixRow['slices'][number]): Markup {
  const cells = [
    ...[line.n, line.nYes, line.nNo, percent(line.accuracy), range(line.accuracyInterval)],
    ...[percent(line.balanced), range(line.balancedInterval)],
    countWith(line.unparsed, line.unparsedInterval),
    countWith(line.errors, line.errorsInterval),
  ];
  return html`<tr class="${line.slice === 'all' ? 'first' : line.slice.includes('·') ? 'cell' : ''}"><th scope="row">${line.slice}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`;
}

function comparisons(results: MatrixResults): Markup {
  return html`<h2>Paired tests between methods</h2>
<p>On the same samples. McNemar’s exact test counts questions, two-sided; Holm’s correction is over all ${results.comparisons.length} comparisons here. “n for 3 points” is how many samples would show a difference of 3 points with 80 % power, if samples vary as these do.</p>
<div class="wide"><table><thead>${headerRow(comparisonHeader)}</thead><tbody>
${results.comparisons.map((one) => html`<tr>${comparisonCells(one).map((cell) => html`<td>${cell}</td>`)}</tr>`)}
</tbody></table></div>`;
}

function runs({ cells }: MatrixResults): Markup {
  return html`<h2>Runs</h2><div class="wide"><table><thead>${headerRow(['run', 'method', 'model', 'seed', 'samples', 'status'])}</thead><tbody>
${cells.map(({ run, method, model, seed, n, planned, status }) => html`<tr><th scope="row"><code>${run}</code></th>${[method, model, seed, `${n} of ${planned}`, status].map((cell) => html`<td>${cell}</td>`)}</tr>`)}
</tbody></table></div>
<p class="small soft"><code>pathact runs show RUN</code> and <code>pathact runs report RUN</code> tell everything about one of them.</p>`;
}
