import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadGraph } from '../../graphs/load.ts';
import type { PathwayGraph } from '../../graphs/pathway-graph.ts';
import { openSavedGraph, openSavedSearch } from '../../graphs/saved/open-search.ts';
import { BrokenIndexError, encodeSections, Sections } from '../../graphs/saved/sections.ts';
import { createSearch, type PathwaySearch } from '../../graphs/search.ts';
import type { Mode } from '../../graphs/text/line.ts';
import { renderTriple } from '../../graphs/text/render.ts';
import { toyEntries, toyGraphml } from '../helpers/toy-graph.ts';

const curated = new URL('../../data/pathways/', import.meta.url).pathname;
const tables = ['processes.tsv', 'nodes.tsv', 'edges.tsv'];

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'pathact-saved-'));
});
afterAll(() => rmSync(work, { recursive: true }));

let copies = 0;
/** The toy graph as an import leaves it. */
function toyFolder(): string {
  const folder = join(work, `graph-${copies++}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'graph.graphml'), toyGraphml());
  writeFileSync(join(folder, 'overall_entries.json'), toyEntries());
  return folder;
}

/** Opens a folder's search and counts how often the graph itself was read. */
async function opened(folder: string, mode: Mode = 'better', name = 'toy') {
  let reads = 0;
  const load = (signal?: AbortSignal) => {
    reads++;
    return loadGraph(folder, { name }, signal);
  };
  const search = await openSavedSearch({ folder, name, load }, { mode });
  return { search, reads };
}

/** What an agent gets to see. */
function seen(search: PathwaySearch, question: string): unknown {
  const { triples, info } = search.global([question], { targetSize: 4 });
  const lines = triples.map((triple) => renderTriple(search.graph, triple, { mode: search.mode }));
  const [first] = triples;
  return {
    ...{ lines, info },
    around: first && search.aroundTriple(first, [question]),
    next: first && search.nextSteps(first.head, [question]),
    relations: search.searchRelations([question]),
    entities: search.searchEntities([question]),
    names: search.names.resolve(question),
    details: first && search.details(first.head.split(':').at(-1) ?? ''),
  };
}

const whole = (graph: PathwayGraph) => ({
  nodes: graph.mapNodes((key, attributes) => ({ key, ...attributes })),
  edges: graph.mapEdges((key, attributes, head, tail) => ({ key, head, tail, ...attributes })),
  entries: [...graph.getAttribute('entries')],
  processes: [...graph.getAttribute('processes')],
  degrees: graph.nodes().map((node) => graph.degree(node)),
});

describe.each(['better', 'compat'] as const)('a search from saved indexes, %s', (mode) => {
  test('finds what a search over the graph itself finds, and the graph is not read again', async () => {
    const folder = toyFolder();
    expect((await opened(folder, mode)).reads).toBe(1);
    const again = await opened(folder, mode);
    expect(again.reads).toBe(0);
    const fresh = createSearch(await loadGraph(folder, { name: 'toy' }), { mode });
    for (const question of [
      'alpha kinase',
      'gamma receptor infection',
      'delta',
      'BET-1 and zeta acid',
      'zzz',
    ]) {
      expect(seen(again.search, question)).toEqual(seen(fresh, question));
    }
  });

  test('finds on the curated graph what a search over the graph itself finds', async () => {
    const folder = join(work, `curated-${mode}`);
    mkdirSync(folder);
    for (const table of tables) cpSync(join(curated, table), join(folder, table));
    await opened(folder, mode, 'curated');
    const again = await opened(folder, mode, 'curated');
    expect(again.reads).toBe(0);
    const fresh = createSearch(await loadGraph(folder, { name: 'curated' }), { mode });
    for (const question of [
      'Does loss of PTEN raise AKT activity?',
      'IL-6 and STAT3',
      'insulin glucose uptake',
    ]) {
      expect(seen(again.search, question)).toEqual(seen(fresh, question));
    }
  });
});

test('a saved graph is the graph, whole', async () => {
  const folder = toyFolder();
  await opened(folder);
  const { search, reads } = await opened(folder);
  const graph = await loadGraph(folder, { name: 'toy' });
  expect(reads).toBe(0);
  expect([search.graph.order, search.graph.size]).toEqual([graph.order, graph.size]);
  expect(search.graph.hasNode('hsa:101')).toBe(true);
  expect(search.graph.hasNode('hsa:106')).toBe(false);
  expect(() => search.graph.getNodeAttributes('nobody')).toThrow(/nobody/);
  expect(whole(search.graph)).toEqual(whole(graph));
  const facts = ({ name, source, hash, licence, idScheme }: ReturnType<PathwayGraph['getAttributes']>) => [
    ...[name, source, hash, licence, idScheme],
  ];
  expect(facts(search.graph.getAttributes())).toEqual(facts(graph.getAttributes()));
});

test('a changed file of the graph is read again', async () => {
  const folder = toyFolder();
  await opened(folder);
  const file = join(folder, 'overall_entries.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('zeta', 'zeta').replace('Zeta acid', 'Zeta salt'));
  const changed = await opened(folder);
  expect(changed.reads).toBe(1);
  expect(JSON.stringify(changed.search.searchEntities(['salt']).entities)).toContain('C90001');
  expect((await opened(folder)).reads).toBe(0);
});

test('a graph under another name is read again, for lines tell the name', async () => {
  const folder = toyFolder();
  await opened(folder);
  expect((await opened(folder, 'better', 'other')).search.graph.getAttribute('name')).toBe('other');
});

test('an index of another version, cut short or of no sense is made anew', async () => {
  const folder = toyFolder();
  await opened(folder);
  const file = join(folder, 'graph.index');
  const good = readFileSync(file);
  const older = Buffer.from(good.toString('latin1').replace('"version":1', '"version":0'), 'latin1');
  older.writeUInt32LE(crc32(older.subarray(12)), 8);
  for (const bad of [older, good.subarray(0, good.length - 9), Buffer.from('{}'), Buffer.alloc(0)]) {
    writeFileSync(file, bad);
    expect((await opened(folder)).reads).toBe(1);
    expect(readFileSync(file)).toEqual(good);
  }
});

test('where an index cannot be kept, the graph is read each time', async () => {
  const folder = toyFolder();
  for (const name of ['graph.index', 'documents-better.index']) mkdirSync(join(folder, name));
  for (const _ of [1, 2]) {
    const { search, reads } = await opened(folder);
    expect(reads).toBe(1);
    expect(search.global(['alpha kinase']).triples).not.toEqual([]);
  }
  expect(readdirSync(folder).filter((name) => name.includes('.index.'))).toEqual([]);
});

test('an aborted opening ends with the reason', async () => {
  const folder = toyFolder();
  const load = (signal?: AbortSignal) => loadGraph(folder, { name: 'toy' }, signal);
  const signal = AbortSignal.abort(new Error('enough'));
  const options = { folder, name: 'toy', load, signal };
  await expect(openSavedGraph(options)).rejects.toThrow('enough');
});

test('a flipped byte anywhere is noticed, and the answer is the same', async () => {
  const folder = toyFolder();
  const { search } = await opened(folder);
  const expected = seen(search, 'alpha kinase');
  for (const name of ['graph.index', 'documents-better.index']) {
    const good = readFileSync(join(folder, name));
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] as number) ^ flip;
        writeFileSync(join(folder, name), bad);
        expect(seen((await opened(folder)).search, 'alpha kinase')).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  }
});

test('hostile content under a right checksum ends in an answer or a refusal, never in a fault or without end', async () => {
  const folder = toyFolder();
  await opened(folder);
  for (const name of ['graph.index', 'documents-better.index']) {
    const good = readFileSync(join(folder, name));
    const changes = fc.array(fc.tuple(fc.integer({ min: 12, max: good.length - 1 }), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (bytes) => {
        const bad = Buffer.from(good);
        for (const [at, value] of bytes) bad[at] = value;
        bad.writeUInt32LE(crc32(bad.subarray(12)), 8);
        writeFileSync(join(folder, name), bad);
        try {
          const { search } = await opened(folder);
          seen(search, 'alpha kinase');
          whole(search.graph);
        } catch (error) {
          expect(error).toBeInstanceOf(BrokenIndexError);
        }
        writeFileSync(join(folder, name), good);
      }),
      { numRuns: 150 },
    );
  }
});

test('sections come back as they went in, whatever lies between them', () => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  const numbers = fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 20 });
  fc.assert(
    fc.property(bytes, numbers, bytes, (first, list, last) => {
      const file = encodeSections('kind', { a: 1 }, { first, list: Int32Array.from(list), last });
      const sections = new Sections(file, 'kind');
      expect(sections.meta).toEqual({ a: 1 });
      expect([...sections.bytes('first'), ...sections.bytes('last')]).toEqual([...first, ...last]);
      expect([...sections.numbers('list', -5, 6)]).toEqual(list);
      if (list.includes(5)) expect(() => sections.numbers('list', -5, 5)).toThrow(BrokenIndexError);
      expect(() => new Sections(file, 'other')).toThrow(BrokenIndexError);
      expect(() => sections.bytes('absent')).toThrow(BrokenIndexError);
    }),
  );
});
