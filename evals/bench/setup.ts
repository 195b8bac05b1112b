import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { MissingError } from '../../src/errors.ts';
import { enginePeer, peerFolder } from './peer.ts';

/** What `bench setup NAME` installs beside our own engine. */
export const peers = ['engine'] as const;
export type PeerName = (typeof peers)[number];

/**
 * Installs a peer into the bench folder with the user's own npm settings; npm's output goes to stderr. Returns the
 * folder. Throws `MissingError` where npm is absent or fails, the signal's reason when it was aborted.
 */
export async function setUpPeer(name: PeerName, benchFolder: string, signal: AbortSignal): Promise<string> {
  switch (name) {
    case 'engine':
      return installEnginePeer(benchFolder, signal);
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
