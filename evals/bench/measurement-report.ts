import type { Measurement } from './measurement.ts';
import type { Quality } from './quality.bench.ts';

/** A page of tables from the lines of `bench engine --json` and `bench quality --json`. */
export function measurementPage(engine: readonly Measurement[], quality: readonly Quality[]): string {
  const models = [...new Set([...engine, ...quality].map(({ model }) => model))];
  const sections = models.flatMap((model) => [
    `## ${model}`,
    ...engineSection(engine.filter((line) => line.model === model)),
    ...qualitySection(quality.filter((line) => line.model === model)),
  ]);
  const head = [
    '# Measurements',
    'Written by `npm run measurements` from the JSON lines of `pathact bench engine --json` and ' +
      '`pathact bench quality --json`. Every row compares medians of runs that took turns on one machine, each side at ' +
      'the thread count that serves it best; only ratios within a row mean anything.',
  ];
  return `${[...head, ...sections].join('\n\n')}\n`;
}

function engineSection(lines: readonly Measurement[]): string[] {
  const [first] = lines;
  if (!first) return [];
  const { cpu, cores, simd } = first.machine;
  const loads = lines.map(({ machine }) => machine.load);
  const load = `load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const rows = lines.map((line) => [
    line.what,
    figure(line.depth),
    line.kv,
    `${figure(line.ours)} ${line.unit}${threads(line.threads)}`,
    line.peer === null ? '–' : `${figure(line.peer)}${threads(line.peerThreads)}`,
    line.against,
    line.ratio === null ? '–' : line.ratio.toFixed(line.ratio < 1 ? 3 : 2),
    line.bar === null ? '–' : `${line.better === 'more' ? '≥' : '≤'} ${line.bar} ${verdict(line.met)}`,
    Object.entries(line.beside)
      .map(([name, value]) => `${name} ${figure(value)}`)
      .join(', '),
  ]);
  const head = ['what', 'context', 'keys and values', 'ours', 'peer', 'against', 'ratio', 'bar', 'beside'];
  return [`${first.quantisation}; ${cpu}, ${cores} cores, ${simd}, ${load}`, table([head, ...rows])];
}

function qualitySection(lines: readonly Quality[]): string[] {
  const perplexity = lines.flatMap((line) => (line.what === 'perplexity' ? [line] : []));
  const needles = lines.flatMap((line) => (line.what === 'needle' ? [line] : []));
  const tables: string[] = [];
  if (perplexity.length > 0) {
    const head = [
      'copy',
      'positions',
      'perplexity in full',
      'ratio',
      'mean KL',
      '99 % KL',
      'same best',
      'bar',
    ];
    const rows = perplexity.map((line) => [
      `${line.bits}-bit, ${line.fetch} fetched`,
      `${figure(line.positions)} of ${line.windows} windows, ${line.from} to ${line.to - 1}`,
      line.fullPerplexity.toFixed(3),
      line.perplexityRatio.toFixed(5),
      line.meanKl.toFixed(5),
      line.p99Kl.toFixed(4),
      percent(line.sameBest),
      verdict(line.met),
    ]);
    tables.push(table([head, ...rows]));
  }
  if (needles.length > 0) {
    const head = [
      'copy',
      'needles',
      'paired trials, haystacks, seed',
      'in full',
      'low-bit',
      'difference (95 %)',
      'bar',
    ];
    const rows = needles.map((line) => [
      `${line.bits}-bit, ${line.fetch} fetched`,
      line.kind,
      `${line.n}, ${line.groups}, ${line.seed}`,
      percent(line.fullRate),
      percent(line.lowRate),
      `${percent(line.difference)} (${percent(line.lower)} to ${percent(line.upper)})`,
      verdict(line.met),
    ]);
    tables.push(table([head, ...rows]));
  }
  return tables;
}

/** Decoded tokens a second by context, one line for each way and one for the peer; both axes start at zero. */
export function decodePlot(lines: readonly Measurement[]): string {
  const decode = lines.filter(({ what, against }) => what === 'decode' && against === 'llama.cpp');
  const kvs = [...new Set(decode.map(({ kv }) => kv))];
  const peer = decode.flatMap(({ depth, peer, kv }) =>
    peer !== null && kv === 'full' ? [{ depth, rate: peer }] : [],
  );
  const series = [
    ...kvs.map((kv) => ({
      name: `pathact, ${kv}`,
      points: decode.filter((line) => line.kv === kv).map(({ depth, ours }) => ({ depth, rate: ours })),
    })),
    { name: 'llama.cpp, f16', points: peer },
  ].filter(({ points }) => points.length > 0);
  const deepest = Math.max(1, ...decode.map(({ depth }) => depth));
  const fastest = Math.max(1, ...series.flatMap(({ points }) => points.map(({ rate }) => rate)));
  const x = (depth: number) => (60 + (depth / deepest) * 480).toFixed(1);
  const y = (rate: number) => (280 - (rate / fastest) * 250).toFixed(1);
  const colours = ['#0b6e99', '#c2571a', '#6b6b6b', '#2f7d32'];
  const drawn = series.flatMap(({ name, points }, i) => {
    const colour = colours[i % colours.length]!;
    const places = points.map(({ depth, rate }) => `${x(depth)},${y(rate)}`);
    const dots = points.map(
      (point) => `<circle cx="${x(point.depth)}" cy="${y(point.rate)}" r="3" fill="${colour}"/>`,
    );
    const line = `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
    return [line, ...dots, `<text x="360" y="${30 + 18 * i}" fill="${colour}">${name}</text>`];
  });
  const depths = [...new Set(decode.map(({ depth }) => depth))];
  const ticks = depths.map((depth) => `<text x="${x(depth)}" y="298" text-anchor="middle">${depth}</text>`);
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 330" font-family="sans-serif" font-size="12">',
    '<rect width="600" height="330" fill="#fff"/>',
    '<path d="M60 20V280H550" fill="none" stroke="#333"/>',
    `<text x="54" y="34" text-anchor="end">${figure(fastest)}</text><text x="54" y="284" text-anchor="end">0</text>`,
    ...ticks,
    '<text x="300" y="320" text-anchor="middle">tokens in the context; tokens a second upwards</text>',
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

const table = ([head, ...rows]: readonly string[][]) =>
  [head!, head!.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const threads = (count: number | null) =>
  count === null ? '' : ` (${count} thread${count === 1 ? '' : 's'})`;
const verdict = (met: boolean | null) => (met === null ? '–' : met ? 'met' : '**missed**');
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const figure = (value: number) =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
