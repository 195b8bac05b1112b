import type { Interval } from '../harness/bootstrap.ts';
import { html, type Markup } from './html.ts';

/** One group of bars: a category with a value for each run. */
export interface BarGroup {
  name: string;
  bars: { value: number | null; interval: Interval | null; n: number }[];
}

const width = 960;
const height = 320;
const margin = { top: 12, right: 12, bottom: 46, left: 52 };
const plot = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };

/** Bars with 95 % error bars, and a line at chance. Shares in [0, 1]; a value that is null is a gap marked "–". */
export function barChart(groups: readonly BarGroup[], runs: readonly string[]): Markup {
  const description = groups.map(({ name, bars }) => `${name}: ${bars.map(told).join(', ')}`).join('; ');
  return html`<figure>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Balanced accuracy by category, ${runs.join(' beside ')}. ${description}." font-size="12" font-family="inherit">
${[0, 0.25, 0.5, 0.75, 1].map(gridLine)}
${groups.map((group, i) => barGroup(group, i, groups.length))}
<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(0.5)}" y2="${y(0.5)}" stroke="#5b6875" stroke-dasharray="5 4"/>
</svg>
<figcaption class="small soft">Balanced accuracy with 95 % bootstrap intervals. The dashed line is chance; “–” stands where a category lacks one of the classes.</figcaption>
</figure>`;
}

function told({ value, n }: BarGroup['bars'][number]): string {
  return value === null ? `no value (${n} samples)` : `${(100 * value).toFixed(1)} % (${n} samples)`;
}

function gridLine(share: number): Markup {
  return html`<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(share)}" y2="${y(share)}" stroke="#dfe4ea"/>
<text x="${margin.left - 8}" y="${y(share) + 4}" text-anchor="end" fill="#5b6875">${100 * share} %</text>`;
}

function barGroup({ name, bars }: BarGroup, index: number, count: number): Markup {
  const slot = plot.width / count;
  const barWidth = Math.min(34, (slot * 0.7) / bars.length);
  const left = margin.left + slot * (index + 0.5) - (barWidth * bars.length) / 2;
  const middle = margin.left + slot * (index + 0.5);
  return html`${bars.map((bar, run) => oneBar(bar, run, left + barWidth * run, barWidth))}
<text x="${middle}" y="${height - margin.bottom + 18}" text-anchor="middle" fill="#1d2733">${name}</text>
<text x="${middle}" y="${height - margin.bottom + 34}" text-anchor="middle" fill="#5b6875" font-size="11">n = ${bars[0]?.n ?? 0}</text>`;
}

function oneBar(
  { value, interval }: BarGroup['bars'][number],
  run: number,
  x: number,
  barWidth: number,
): Markup {
  const middle = x + barWidth / 2;
  if (value === null)
    return html`<text x="${middle}" y="${y(0) - 6}" text-anchor="middle" fill="#5b6875">–</text>`;
  return html`<rect class="bar-${run % 4}" x="${x + 1}" y="${y(value)}" width="${barWidth - 2}" height="${y(0) - y(value)}" rx="2" opacity="0.85"/>
${interval && errorBar(interval, middle)}`;
}

function errorBar({ low, high }: Interval, x: number): Markup {
  return html`<path d="M${x} ${y(low)}V${y(high)}M${x - 5} ${y(low)}H${x + 5}M${x - 5} ${y(high)}H${x + 5}" stroke="#1d2733" fill="none"/>`;
}

function y(share: number): number {
  return margin.top + plot.height * (1 - share);
}
