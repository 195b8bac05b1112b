/** Random graphs of KEGG's size and shape, for measuring; KEGG itself may not be passed on. */

export interface SyntheticSize {
  nodes: number;
  edges: number;
  processes: number;
  /** Size of the vocabulary that names and descriptions are drawn from. */
  words: number;
}

/** The graph of the paper, arXiv 2502.16660 Table 7. */
export const keggSize: SyntheticSize = { nodes: 8939, edges: 15_131, processes: 2265, words: 12_000 };

/** BioMaze-format GraphML and its corpus, the same for the same seed. */
export function syntheticPathways(size: SyntheticSize, seed: number): { graphml: string; entries: string } {
  const random = randomNumbers(seed);
  const below = (n: number) => Math.floor(random() * n);
  // Word use falls off as in text: low numbers are frequent.
  const word = () => `w${Math.floor(size.words ** random())}`;
  const text = (count: number) => Array.from({ length: count }, word).join(' ');
  const entries: Record<string, { main_entry: Record<string, string[]> }> = {};
  const gene = (id: number) => {
    entries[id] ??= {
      main_entry: {
        SYMBOL: [`SYM${id}, S${id}A`],
        NAME: [`(RefSeq) ${text(4)}`],
        ORTHOLOGY: [`K${String(id).padStart(5, '0')} ${text(5)}`],
        BRITE: Array.from({ length: 12 }, () => text(5)),
      },
    };
    return `hsa:${id}`;
  };
  const compound = (n: number) => {
    const id = `C${String(n).padStart(5, '0')}`;
    entries[id] = {
      main_entry: { NAME: [`${text(2)};`, text(1)], FORMULA: [`C${n}H2O`], COMMENT: [text(12)] },
    };
    return `cpd:${id}`;
  };
  const keys = Array.from({ length: size.nodes }, (_, n) => {
    if (n % 5 === 0) return compound(n);
    const members = n % 3 === 0 ? 2 + below(6) : 1;
    return Array.from({ length: members }, (_, m) => gene(1000 + 8 * n + m)).join(' ');
  });
  const processes = Array.from({ length: size.processes }, (_, n) => {
    const id = n < 360 ? `hsa${String(n).padStart(5, '0')}` : `N${String(n).padStart(5, '0')}`;
    entries[id] = {
      main_entry: { NAME: [text(4)], DESCRIPTION: [text(n < 360 ? 90 : 0)], CLASS: [text(3)] },
    };
    return id;
  });
  const pairs = new Set<string>();
  // A chain of everything first, so that few nodes stay alone; then hubs draw most of the rest.
  for (let n = 1; n < size.nodes; n++) pairs.add(`${Math.floor(n * random() ** 2)} ${n}`);
  while (pairs.size < size.edges) {
    const [head, tail] = [Math.floor(size.nodes * random() ** 3), below(size.nodes)];
    if (head !== tail) pairs.add(random() < 0.5 ? `${head} ${tail}` : `${tail} ${head}`);
  }
  const escaped = (value: unknown) => JSON.stringify(value).replaceAll('"', '&quot;');
  const subtypes = ['activation', 'inhibition', 'expression', 'phosphorylation', 'binding/association'];
  const edgeText = (pair: string) => {
    const [head, tail] = pair.split(' ').map(Number) as [number, number];
    const ids = Array.from({ length: 1 + below(3) }, () => processes[below(processes.length)] as string);
    const maps = ids.filter((id) => id.startsWith('hsa'));
    return (
      `<edge source="${keys[head]}" target="${keys[tail]}"><data key="t">PPrel</data>` +
      `<data key="s">${escaped([{ name: subtypes[below(subtypes.length)] }])}</data>` +
      `<data key="h">${escaped(maps)}</data><data key="p">${escaped(ids.filter((id) => !maps.includes(id)))}</data></edge>`
    );
  };
  const graphml = [
    '<graphml><key id="g" for="node" attr.name="graphics"/><key id="t" for="edge" attr.name="type"/>',
    '<key id="s" for="edge" attr.name="subtypes"/><key id="h" for="edge" attr.name="hsa"/>',
    '<key id="p" for="edge" attr.name="pathway"/><graph edgedefault="directed">',
    ...keys.map(
      (key, n) => `<node id="${key}"><data key="g">${escaped({ name: `BOX${n}, B${n}...` })}</data></node>`,
    ),
    ...[...pairs].map(edgeText),
    '</graph></graphml>',
  ].join('\n');
  return { graphml, entries: JSON.stringify(entries) };
}

/** Uniform numbers below 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
