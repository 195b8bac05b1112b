import { Graph, type GraphLabel, layout } from '@dagrejs/dagre';
import { memberships } from './graph-index.ts';
import type { NodeAttributes, PathwayGraph, Triple } from './pathway-graph.ts';
import { renderTriple } from './text/render.ts';

export interface DrawOptions {
  /** Node keys with a heavy border: what the question names. */
  highlight?: readonly string[];
  /** What the picture shows, for those who cannot see it. */
  title?: string;
}

/** More edges than this make no readable picture; the rest is counted below it. */
const mostEdges = 60;

type Direction = 'raises' | 'lowers' | 'disagrees' | 'belongs' | 'acts';

interface Style {
  colour: string;
  dash: string;
  /** The end mark, pointing right, its tip at the origin. Shape and colour both tell the direction. */
  mark: string;
  /** How far the line stops before the tip. */
  gap: number;
  legend: string;
}

const styles: Readonly<Record<Direction, Style>> = {
  raises: {
    colour: '#1f5fa8',
    dash: '',
    mark: '<path d="M-10-5 0 0-10 5Z" fill="#1f5fa8"/>',
    gap: 8,
    legend: 'raises (+)',
  },
  lowers: {
    colour: '#b3261e',
    dash: '',
    mark: '<path d="M-4-7h3V7h-3z" fill="#b3261e"/>',
    gap: 3,
    legend: 'lowers (−)',
  },
  disagrees: {
    colour: '#8a5a00',
    dash: '7 3',
    mark: '<path d="M-12 0-6-5 0 0-6 5Z" fill="#8a5a00"/>',
    gap: 11,
    legend: 'sources disagree',
  },
  belongs: {
    colour: '#667380',
    dash: '2 3',
    mark: '<path d="M-9-5 0 0-9 5" fill="none" stroke="#667380" stroke-width="1.5"/>',
    gap: 1,
    legend: 'belongs to',
  },
  acts: {
    colour: '#4a5661',
    dash: '',
    mark: '<circle cx="-5" cy="0" r="4" fill="#fff" stroke="#4a5661" stroke-width="1.5"/>',
    gap: 9,
    legend: 'acts on, direction unknown',
  },
};

const fills: Partial<Record<NodeAttributes['kind'], string>> = {
  family: '#e6eef7',
  complex: '#e6eef7',
  compound: '#fdf3d8',
  drug: '#fbe3dd',
  process: '#e7f3e8',
  phenotype: '#e7f3e8',
  map: '#e7f3e8',
};

/**
 * The statements as one self-contained SVG, laid out in layers along the direction of effect: boxes are nodes, an
 * arrowhead raises, a bar lowers. Full names and lines are tooltips. The same triples give the same picture.
 */
export function drawSubgraph(
  graph: PathwayGraph,
  triples: readonly Triple[],
  options: DrawOptions = {},
): string {
  const shown = triples.slice(0, mostEdges);
  const { nodes, edges, width, height } = placed(graph, shown);
  const directions = [...new Set(shown.map((triple) => directionOf(graph, triple)))];
  const left = triples.length - shown.length;
  const caption = left > 0 ? `${left} more statements are not drawn.` : '';
  const legend = drawLegend(directions, height, caption);
  const fullWidth = Math.max(width, legend.width);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${fullWidth} ${legend.bottom}" width="${fullWidth}" ` +
      `height="${legend.bottom}" role="img" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${escaped(options.title ?? `Pathway subgraph with ${shown.length} statements`)}</title>`,
    `<rect width="${fullWidth}" height="${legend.bottom}" fill="#fff"/>`,
    ...edges.map((edge) => drawEdge(graph, edge)),
    ...nodes.map((node) => drawNode(graph, node, options.highlight?.includes(node.key) ?? false)),
    legend.text,
    '</svg>',
  ].join('\n');
}

interface PlacedNode {
  key: string;
  label: string;
  x: number;
  y: number;
  width: number;
}
interface Point {
  x: number;
  y: number;
}
interface PlacedEdge {
  triple: Triple;
  points: Point[];
}

const boxHeight = 28;
const pageWidth = 1100;

interface Picture {
  nodes: PlacedNode[];
  edges: PlacedEdge[];
  width: number;
  height: number;
}

/** Layers from top to bottom, or from left to right where that fits a page better. */
function placed(graph: PathwayGraph, triples: readonly Triple[]): Picture {
  const down = laidOut(graph, triples, 'TB');
  if (down.width <= pageWidth) return down;
  const across = laidOut(graph, triples, 'LR');
  return across.width < down.width ? across : down;
}

function laidOut(graph: PathwayGraph, triples: readonly Triple[], rankdir: 'TB' | 'LR'): Picture {
  const plan = new Graph({ directed: true });
  const space = rankdir === 'TB' ? { nodesep: 22, ranksep: 44 } : { nodesep: 12, ranksep: 60 };
  plan.setGraph({ rankdir, ...space, marginx: 12, marginy: 12 });
  for (const key of new Set(triples.flatMap(({ head, tail }) => [head, tail]))) {
    const label = shortLabel(graph.getNodeAttribute(key, 'label'));
    plan.setNode(key, { width: 22 + 7.6 * [...label].length, height: boxHeight, label });
  }
  for (const { head, tail } of triples) plan.setEdge(head, tail, {});
  layout(plan);
  const nodes = plan.nodes().map((key: string) => ({ key, ...(plan.node(key) as Omit<PlacedNode, 'key'>) }));
  const edges = triples.map((triple) => ({
    triple,
    points: (plan.edge(triple.head, triple.tail) as { points: Point[] }).points,
  }));
  const { width = 0, height = 0 } = plan.graph() as GraphLabel;
  const size = (value: number) => Math.max(40, Math.ceil(Number.isFinite(value) ? value : 0));
  return { nodes, edges, width: size(width), height: size(height) };
}

function drawNode(graph: PathwayGraph, { key, label, x, y, width }: PlacedNode, heavy: boolean): string {
  const { kind, names, entities } = graph.getNodeAttributes(key);
  const wordy = kind === 'process' || kind === 'phenotype' || kind === 'map';
  const [left, top] = [x - width / 2, y - boxHeight / 2];
  const box = (inset: number) =>
    `<rect x="${px(left + inset)}" y="${px(top + inset)}" width="${px(width - 2 * inset)}" ` +
    `height="${boxHeight - 2 * inset}" rx="${wordy ? 13 : 4}" fill="${fills[kind] ?? '#f4f6f8'}" ` +
    `stroke="#2b3640" stroke-width="${heavy ? 2.5 : 1}"/>`;
  const collective = kind === 'family' || kind === 'complex' ? box(3) : '';
  const tip = `${entities.map(({ id }) => id).join(' ')}: ${names.join(', ')} (${kind})`;
  return (
    `<g><title>${escaped(tip)}</title>${box(0)}${collective}` +
    `<text x="${px(x)}" y="${px(y + 4.5)}" text-anchor="middle" fill="#101820"` +
    `${heavy ? ' font-weight="bold"' : ''}>${escaped(label)}</text></g>`
  );
}

function drawEdge(graph: PathwayGraph, { triple, points }: PlacedEdge): string {
  const direction = directionOf(graph, triple);
  const [before, end] = points.slice(-2) as [Point, Point];
  const angle = Math.atan2(end.y - before.y, end.x - before.x);
  const { gap } = styles[direction];
  const stop = { x: end.x - gap * Math.cos(angle), y: end.y - gap * Math.sin(angle) };
  const degrees = px((angle * 180) / Math.PI);
  return (
    `<g><title>${escaped(renderTriple(graph, triple))}</title>` +
    `${line(curve([...points.slice(0, -1), stop]), direction)}` +
    `<g transform="translate(${at(end)}) rotate(${degrees})">${styles[direction].mark}</g></g>`
  );
}

function line(path: string, direction: Direction): string {
  const { colour, dash } = styles[direction];
  const dashes = dash ? ` stroke-dasharray="${dash}"` : '';
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.6"${dashes}/>`;
}

/** Through the middles of the bends, so that a line turns softly and ends straight. */
function curve(points: readonly Point[]): string {
  const [start, ...rest] = points;
  const end = rest.pop();
  if (!start || !end) return '';
  const bends = rest.map((bend, i) => {
    const next = rest[i + 1];
    const middle = next ? { x: (bend.x + next.x) / 2, y: (bend.y + next.y) / 2 } : end;
    return `Q${at(bend)} ${at(middle)}`;
  });
  return `M${at(start)}${bends.length > 0 ? bends.join('') : `L${at(end)}`}`;
}

function drawLegend(
  directions: readonly Direction[],
  top: number,
  caption: string,
): { text: string; width: number; bottom: number } {
  let x = 14;
  const y = top + 18;
  const items = directions.map((direction) => {
    const { gap, mark, legend } = styles[direction];
    const item =
      `${line(`M${x} ${y}h${34 - gap}`, direction)}<g transform="translate(${x + 34} ${y})">${mark}</g>` +
      `<text x="${x + 42}" y="${y + 4}" fill="#33404c">${legend}</text>`;
    x += 60 + 7 * legend.length;
    return item;
  });
  const note = caption ? `<text x="14" y="${y + 26}" fill="#33404c">${escaped(caption)}</text>` : '';
  return { text: items.join('') + note, width: Math.ceil(x), bottom: y + (caption ? 40 : 16) };
}

function directionOf(graph: PathwayGraph, { edge }: Triple): Direction {
  const { sign, type } = graph.getEdgeAttributes(edge);
  if (memberships.has(type)) return 'belongs';
  return sign === '+' ? 'raises' : sign === '-' ? 'lowers' : sign === 'conflict' ? 'disagrees' : 'acts';
}

function shortLabel(label: string): string {
  const letters = [...label];
  return letters.length <= 26 ? label : `${letters.slice(0, 25).join('')}…`;
}

const px = (value: number) => Number(value.toFixed(1));
const at = (point: Point) => `${px(point.x)} ${px(point.y)}`;

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (letter) => entities[letter] as string).replace(/\p{Cc}/gu, ' ');
}
