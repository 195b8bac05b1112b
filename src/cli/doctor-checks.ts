import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { loadDataset } from '../../evals/biomaze/dataset.ts';
import { loadGraph } from '../../graphs/load.ts';
import { directories, resolveSettings } from '../config.ts';
import { recommendModel } from '../download/catalogue.ts';
import { findInstalled, listInstalled } from '../download/installed.ts';
import { findBuiltCore } from '../engine/load-engine.ts';
import { supportedArchitectures } from '../engine/model-parameters.ts';
import { MissingError, PathactError } from '../errors.ts';
import { modelPlaces } from './model-files.ts';
import { packageRoot, packageVersion } from './package-root.ts';
import { formatBytes } from './print.ts';

/** `missing` stops the main job; `optional` is for later, `warning` may bite. */
export const checkSchema = z.object({
  name: z.string(),
  state: z.enum(['ok', 'missing', 'optional', 'warning']),
  found: z.string(),
  howToGet: z.string().optional(),
});
export type Check = z.infer<typeof checkSchema>;

/** All checks in the order they are shown. None of them changes anything or waits for longer than a few seconds. */
export async function runChecks(signal: AbortSignal): Promise<Check[]> {
  return [
    nodeCheck(),
    await guarded('native core', coreCheck),
    await guarded('default model', () => defaultModelCheck(signal)),
    await guarded('models', () => modelsCheck(signal)),
    await guarded('default graph', () => graphCheck(signal), ships),
    await guarded('default questions', questionsCheck, ships),
    await guarded('endpoint', () => endpointCheck(signal)),
    memoryCheck(),
    await guarded('disk', diskCheck),
    programCheck(
      'python3',
      ['--version'],
      'gets the default model where the hub is out of reach, and runs actions',
    ),
    programCheck(
      'pip',
      ['-m', 'pip', '--version'],
      'gets the default model where the hub is out of reach',
      'python3',
    ),
    programCheck('bubblewrap', ['--version'], 'isolates learned actions', 'bwrap'),
  ];
}

const ships = 'It ships with pathact: install the package again.';

/** A check that fails in an unforeseen way is itself a finding. */
async function guarded(
  name: string,
  check: () => Check | Promise<Check>,
  hint: string | undefined = undefined,
): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    const howToGet = hint ?? (error instanceof PathactError ? error.hint : undefined);
    const found = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    return { name, state: 'missing', found, ...(howToGet ? { howToGet } : {}) };
  }
}

function nodeCheck(): Check {
  return { name: 'node', state: 'ok', found: `${process.versions.node}, pathact ${packageVersion()}` };
}

async function coreCheck(): Promise<Check> {
  const core = await findBuiltCore();
  if (core) return { name: 'native core', state: 'ok', found: `SIMD ${core.simd}` };
  const found = 'not built for this platform; the first command that needs it builds it (about a minute)';
  const tools = ['python3', 'make', 'g++'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  if (tools.length === 0) return { name: 'native core', state: 'warning', found };
  throw new MissingError(`not built, and ${tools.join(', ')} to build it not found`, {
    hint: `Debian: \`apt-get install ${tools.join(' ')}\`.`,
  });
}

async function defaultModelCheck(signal: AbortSignal): Promise<Check> {
  const { settings } = resolveSettings({});
  const places = modelPlaces();
  const wanted = existsSync(settings.model) ? places.catalogue.default : settings.model;
  const found = await findInstalled(wanted, places, signal);
  const name = 'default model';
  if (found) return { name, state: 'ok', found: `${found.id}, ${formatBytes(found.bytes)}, checksum right` };
  // With another endpoint than ours no model file is needed.
  const state = settings.baseUrl ? 'optional' : 'missing';
  return { name, state, found: `${wanted} is not here`, howToGet: `Run \`pathact models pull ${wanted}\`.` };
}

async function modelsCheck(signal: AbortSignal): Promise<Check> {
  const places = modelPlaces();
  const installed = await listInstalled(places, signal);
  const best = recommendModel(places.catalogue, totalmem(), supportedArchitectures);
  const found = `${installed.length} on this machine; ${best?.id ?? 'none'} is the one for ${formatBytes(totalmem())} of memory`;
  if (!best || installed.some(({ id }) => id === best.id)) return { name: 'models', state: 'ok', found };
  const pin = best.sha256 ? '' : ' --allow-unpinned';
  return {
    name: 'models',
    state: 'optional',
    found,
    howToGet: `Run \`pathact models pull ${best.id}${pin}\`.`,
  };
}

async function graphCheck(signal: AbortSignal): Promise<Check> {
  const graph = await loadGraph(join(packageRoot(), 'data/pathways'), {}, signal);
  return { name: 'default graph', state: 'ok', found: `${graph.order} nodes, ${graph.size} edges` };
}

async function questionsCheck(): Promise<Check> {
  const folder = join(packageRoot(), 'data/biomaze-mini');
  const trueFalse = await loadDataset(folder, 'truefalse');
  const open = await loadDataset(folder, 'openended');
  const found = `${trueFalse.questions.length} True/False, ${open.questions.length} open`;
  return { name: 'default questions', state: 'ok', found };
}

async function endpointCheck(signal: AbortSignal): Promise<Check> {
  const { settings } = resolveSettings({});
  const name = 'endpoint';
  if (!settings.baseUrl) return { name, state: 'ok', found: 'ours, started when needed' };
  const host = new URL(settings.baseUrl).host;
  try {
    const address = `${settings.baseUrl.replace(/\/+$/, '')}/models`;
    const headers: Record<string, string> = settings.apiKey
      ? { authorization: `Bearer ${settings.apiKey}` }
      : {};
    const reply = await fetch(address, {
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(3_000)]),
    });
    await reply.body?.cancel();
    if (reply.ok) return { name, state: 'ok', found: `${host} answers` };
    throw new MissingError(`${host} answers HTTP ${reply.status}`, {
      hint: 'Check OPENAI_API_KEY or --api-key.',
    });
  } catch (error) {
    if (error instanceof PathactError) throw error;
    throw new MissingError(`${host} cannot be reached`, {
      hint: 'Start it, or unset OPENAI_BASE_URL to use ours.',
    });
  }
}

function memoryCheck(): Check {
  const found = `${formatBytes(freemem())} free of ${formatBytes(totalmem())}`;
  const state = freemem() < 0.5e9 ? 'warning' : 'ok';
  return { name: 'memory', state, found };
}

async function diskCheck(): Promise<Check> {
  const { cache } = directories();
  let folder = cache;
  while (!existsSync(folder)) folder = dirname(folder);
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  return {
    name: 'disk',
    state: free < 0.5e9 ? 'warning' : 'ok',
    found: `${formatBytes(free)} free for ${cache}`,
  };
}

function programCheck(name: string, args: string[], use: string, program = name): Check {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 5_000 });
  if (status === 0) return { name, state: 'ok', found: stdout.trim().split(' from ')[0]! };
  const packages: Record<string, string> = { pip: 'python3-pip' };
  const howToGet = `It ${use}. Debian: \`apt-get install ${packages[name] ?? name}\`.`;
  return { name, state: 'optional', found: 'not found', howToGet };
}
