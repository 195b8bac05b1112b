import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { request } from './http.ts';
import { SourceFailedError } from './source-failed.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const maxPageBytes = 16 * 2 ** 20;

/** The package index that pip would use: `PIP_INDEX_URL`, else the nearest pip configuration file that names one. */
export async function configuredIndex(env: Environment): Promise<string | undefined> {
  if (env.PIP_INDEX_URL) return env.PIP_INDEX_URL;
  for (const file of configurationFiles(env)) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const index = indexUrlIn(text);
    if (index) return index;
  }
  return undefined;
}

function configurationFiles(env: Environment): string[] {
  const home = env.HOME ?? homedir();
  const named = env.PIP_CONFIG_FILE ? [env.PIP_CONFIG_FILE] : [];
  const user = [
    join(env.XDG_CONFIG_HOME ?? join(home, '.config'), 'pip/pip.conf'),
    join(home, '.pip/pip.conf'),
  ];
  return [...named, ...user, '/etc/xdg/pip/pip.conf', '/etc/pip.conf'];
}

/** `index-url` of a pip.conf; its `[download]` section counts before `[global]`. */
export function indexUrlIn(text: string): string | undefined {
  const found = new Map<string, string>();
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    section = /^\[([^\]]*)\]/.exec(line)?.[1]?.trim() ?? section;
    const url = /^index[-_]url\s*[=:]\s*(\S+)/.exec(line)?.[1];
    if (url) found.set(section, url);
  }
  return found.get('download') ?? found.get('global');
}

export interface WheelLink {
  url: string;
  headers: Record<string, string>;
}

/** Finds a release's wheel on the index's page of the project (PEP 503 HTML or PEP 691 JSON). */
export async function findWheel(
  index: string,
  wheel: { package: string; version: string },
  signal: AbortSignal,
): Promise<WheelLink> {
  const { base, headers } = withoutCredentials(index);
  const project = wheel.package.toLowerCase().replace(/[-_.]+/g, '-');
  const page = new URL(`${project}/`, base.endsWith('/') ? base : `${base}/`).href;
  const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5';
  const text = await readPage(page, { ...headers, accept }, signal);
  const prefix = `${project.replaceAll('-', '_')}-${wheel.version}-`;
  const found = linksOf(text).find(({ name }) => name.startsWith(prefix) && name.endsWith('.whl'));
  if (!found) throw new SourceFailedError(`the package index has no wheel of ${project} ${wheel.version}`);
  const url = new URL(found.href, page);
  url.hash = '';
  return { url: url.href, headers: url.origin === new URL(page).origin ? headers : {} };
}

/** Credentials in the address travel as a header, so no message or redirect ever shows them. */
function withoutCredentials(index: string): { base: string; headers: Record<string, string> } {
  if (!URL.canParse(index)) throw new SourceFailedError("pip's index address is not an address");
  const url = new URL(index);
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const headers = url.username ? { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } : {};
  url.username = url.password = '';
  return { base: url.href, headers: headers as Record<string, string> };
}

async function readPage(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<string> {
  const reply = await request(url, headers, signal);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of reply.chunks()) {
      bytes += chunk.length;
      if (bytes > maxPageBytes) throw new SourceFailedError("the package index's page is too large");
      chunks.push(chunk);
    }
  } finally {
    reply.close();
  }
  return Buffer.concat(chunks).toString('utf8');
}

const jsonPage = z.object({ files: z.array(z.object({ filename: z.string(), url: z.string() })) });

/** File names and addresses of a project page, whichever form it has. */
export function linksOf(page: string): { name: string; href: string }[] {
  if (page.trimStart().startsWith('{')) {
    try {
      return jsonPage
        .parse(JSON.parse(page))
        .files.map(({ filename, url }) => ({ name: filename, href: url }));
    } catch (cause) {
      throw new SourceFailedError("the package index's page cannot be read", { cause });
    }
  }
  const anchors = page.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>([^<]*)<\/a>/gi);
  return Array.from(anchors, ([, href, name]) => ({
    name: name!.trim(),
    href: href!.replaceAll('&amp;', '&'),
  }));
}
