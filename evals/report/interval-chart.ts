import type { Interval } from '../harness/bootstrap.ts';
import { html, type Markup } from './html.ts';

/** One point with its interval; `published` ones are hollow and have none. */
export interface ChartPoint {
  label: string;
  value: number | null;
  interval: Interval | null;
  published: boolean;
}

export interface ChartGroup {
  name: string;
  points: readonly ChartPoint[];
}

const width = 860;
const rowHeight = 24;
const plot = { left: 250, right: width - 24 };

/** Points on a scale from 0 to 100 %, a row each, with 95 % intervals and a line at chance where there is one. */
export function intervalChart(groups: readonly ChartGroup[], title: string, chance: number | null): Markup {
  const rows = groups.flatMap(({ name, points }) => [name, ...points]);
  const height = 34 + rowHeight * rows.length;
  const told = groups.map(({ name, points }) => `${name}: ${points.map(pointText).join(', ')}`).join('; ');
  return html`<figure>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}. ${told}." font-size="12" font-family="inherit">
${[0, 0.25, 0.5, 0.75, 1].map((share) => gridLine(share, height))}
${chance !== null && html`<line x1="${x(chance)}" x2="${x(chance)}" y1="4" y2="${height - 26}" stroke="#5b6875" stroke-dasharray="5 4"/>`}
${rows.map((row, i) => (typeof row === 'string' ? groupName(row, middleOf(i)) : pointRow(row, middleOf(i))))}
</svg>
<figcaption class="small soft">${title}, 95 % intervals. Hollow diamonds are published figures.${chance !== null && ' The dashed line is chance.'}</figcaption>
</figure>`;
}

function pointText({ label, value, published }: ChartPoint): string {
  const figure = value === null ? 'no value' : `${(100 * value).toFixed(1)} %`;
  return `${label} ${figure}${published ? ' (published)' : ''}`;
}

function gridLine(share: number, height: number): Markup {
  return html`<line x1="${x(share)}" x2="${x(share)}" y1="4" y2="${height - 26}" stroke="#dfe4ea"/>
<text x="${x(share)}" y="${height - 10}" text-anchor="middle" fill="#5b6875">${100 * share} %</text>`;
}

function groupName(name: string, middle: number): Markup {
  return html`<text x="4" y="${middle + 4}" font-weight="600" fill="#1d2733">${name}</text>`;
}

function pointRow({ label, value, interval, published }: ChartPoint, middle: number): Markup {
  const shown = label.length > 38 ? `${label.slice(0, 37)}…` : label;
  return html`<text x="${plot.left - 10}" y="${middle + 4}" text-anchor="end" fill="${published ? '#5b6875' : '#1d2733'}">${shown}</text>
${interval && html`<line x1="${x(interval.low)}" x2="${x(interval.high)}" y1="${middle}" y2="${middle}" stroke="#2f67b1" stroke-width="2"/>`}
${value === null ? html`<text x="${plot.left + 4}" y="${middle + 4}" fill="#5b6875">–</text>` : mark(x(value), middle, published)}`;
}

function mark(at: number, middle: number, published: boolean): Markup {
  if (!published) return html`<circle cx="${at}" cy="${middle}" r="5" fill="#2f67b1"/>`;
  return html`<path d="M${at} ${middle - 6}l6 6-6 6-6-6Z" fill="#fff" stroke="#5b6875" stroke-width="1.5"/>`;
}

function middleOf(row: number): number {
  return 4 + rowHeight * (row + 0.5);
}

function x(share: number): number {
  return Math.round(10 * (plot.left + (plot.right - plot.left) * share)) / 10;
}
