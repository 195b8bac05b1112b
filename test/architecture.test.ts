import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The import table of the conventions: a part imports its own files and parts of lower levels, nothing else. */
const levels: Record<string, number> = {
  'src/run.ts': 1,
  'src/episode.ts': 1,
  'src/learned-action.ts': 1,
  'src/errors.ts': 1,
  'src/log.ts': 1,
  'src/config.ts': 1,
  'src/model': 2,
  'src/sandbox': 2,
  'src/store': 2,
  'src/engine': 2,
  'src/download': 2,
  graphs: 3,
  'src/endpoint': 3,
  agents: 4,
  evals: 5,
  'src/web': 6,
  'src/mcp': 6,
  'src/cli': 7,
};

/** Narrower than the levels: who may import a part. A folder here stands for all below it. */
const readers: Record<string, readonly string[]> = {
  'src/engine': ['src/endpoint', 'evals/bench', 'src/cli'],
  'src/config.ts': ['src/cli', 'src/web'],
  'src/store': ['evals', 'src/web', 'src/mcp', 'src/cli'],
  'src/download': ['evals/bench', 'src/web', 'src/cli'],
};

const sources = ['src', 'agents', 'graphs', 'evals'].flatMap((folder) => sourceFiles(folder));
const imports = sources.flatMap((file) => importsOf(file).map((target) => ({ file, target })));
const local = imports.filter(({ target }) => target.startsWith('.')).map(resolveImport);

test('every source file belongs to a part of the import table', () => {
  expect(sources.filter((file) => partOf(file) === undefined)).toEqual([]);
});

test('imports go down, never up or sideways', () => {
  expect(local.filter(({ from, to }) => from !== to && !goesDown(from, to)).map(explain)).toEqual([]);
});

test('agents never meet store or engine, and config is read by cli and web only', () => {
  expect(local.filter(({ file, from, to }) => from !== to && !mayRead(file, to)).map(explain)).toEqual([]);
});

test('nothing imports test or training', () => {
  const outside = local.filter(({ target }) => /^(test|training)\//.test(target));
  expect(outside.map(explain)).toEqual([]);
});

test('local imports name the file with its ending', () => {
  const vague = local.filter(({ target }) => !/\.(ts|json)$/.test(target));
  expect(vague.map(explain)).toEqual([]);
});

test('only the endpoint and the CLI know the HTTP server, only the store SQLite, only the model door LangChain', () => {
  const owners: [RegExp, RegExp][] = [
    [/^(hono|@hono\/)/, /^src\/(endpoint|web|mcp|cli)\//],
    [/^better-sqlite3/, /^src\/store\//],
    [/^(@langchain\/|openai)/, /^src\/model\//],
    [/^commander/, /^src\/cli\//],
  ];
  const stray = imports.filter(({ file, target }) =>
    owners.some(([library, home]) => library.test(target) && !home.test(file)),
  );
  expect(stray.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
});

test('only the CLI prints, reads the environment or the command line', () => {
  const outer = /\bconsole\.(log|info|warn|error)\(|\bprocess\.(argv|env|stdout|stderr|exitCode)\b/;
  // load-core.ts may have to compile for a minute, whoever asked for a model, and says so.
  const allowed = /^src\/(cli\/|config\.ts$|engine\/load-core\.ts$)/;
  const stray = sources.filter((file) => !allowed.test(file) && outer.test(codeOf(file)));
  expect(stray).toEqual([]);
});

test('no `any`, no default exports', () => {
  const loose = sources.filter((file) =>
    /(:\s*any\b|\bas any\b|<any>|\bexport default\b)/.test(codeOf(file)),
  );
  expect(loose).toEqual([]);
});

function sourceFiles(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

function importsOf(file: string): string[] {
  const code = codeOf(file);
  const statements = code.matchAll(/^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm);
  const bare = code.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm);
  const dynamic = code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [...statements, ...bare, ...dynamic].map((match) => match[1]!);
}

/** The text without block comments and line comments. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s\/\/ .*$/gm, '');
}

function resolveImport({ file, target }: { file: string; target: string }) {
  const path = relative(root, join(root, dirname(file), target));
  return { file, target: path, from: partOf(file) ?? file, to: partOf(path) ?? path };
}

function partOf(path: string): string | undefined {
  return Object.keys(levels).find((part) => path === part || path.startsWith(`${part}/`));
}

function goesDown(from: string, to: string): boolean {
  if (levels[from] === 1 && levels[to] === 1) return true; // the shared words are one part in four files
  return (levels[to] ?? Number.POSITIVE_INFINITY) < (levels[from] ?? 0);
}

function mayRead(file: string, to: string): boolean {
  return readers[to]?.some((reader) => file.startsWith(`${reader}/`)) ?? true;
}

function explain({ file, target }: { file: string; target: string }): string {
  return `${file} imports ${target}`;
}
