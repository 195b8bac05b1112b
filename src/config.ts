import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where things lie: XDG base directories, or four folders under `PATHACT_HOME`. */
export interface Directories {
  config: string;
  data: string;
  cache: string;
  state: string;
}

export function directories(env: Environment = process.env): Directories {
  const home = env.PATHACT_HOME;
  if (home) {
    return {
      config: join(home, 'config'),
      data: join(home, 'data'),
      cache: join(home, 'cache'),
      state: join(home, 'state'),
    };
  }
  const under = (variable: string, fallback: string) =>
    join(env[variable] || join(homedir(), fallback), 'pathact');
  return {
    config: under('XDG_CONFIG_HOME', '.config'),
    data: under('XDG_DATA_HOME', '.local/share'),
    cache: under('XDG_CACHE_HOME', '.cache'),
    state: under('XDG_STATE_HOME', '.local/state'),
  };
}

/** Settings that answering commands share. Flags over environment over `pathact.config.json` over these defaults. */
export const settingsSchema = z.strictObject({
  graph: z.string().default('curated'),
  baseUrl: z.url().optional(),
  apiKey: z.string().optional(),
  model: z.string().default('smollm2-135m-instruct'),
  maxSteps: z.coerce.number().int().min(1).max(1000).default(20),
  seed: z.coerce.number().int().nonnegative().default(0),
  scoring: z.enum(['tfidf', 'hybrid']).default('tfidf'),
  threads: z.coerce.number().int().min(1).max(256).optional(),
});
export type Settings = z.infer<typeof settingsSchema>;
export type Origin = 'flag' | 'environment' | 'file' | 'default';

const environmentNames: Record<keyof Settings, readonly string[]> = {
  graph: ['PATHACT_GRAPH'],
  baseUrl: ['PATHACT_BASE_URL', 'OPENAI_BASE_URL'],
  apiKey: ['PATHACT_API_KEY', 'OPENAI_API_KEY'],
  model: ['PATHACT_MODEL'],
  maxSteps: ['PATHACT_MAX_STEPS'],
  seed: ['PATHACT_SEED'],
  scoring: ['PATHACT_SCORING'],
  threads: ['PATHACT_THREADS'],
};

export interface ResolvedSettings {
  settings: Settings;
  origins: Record<keyof Settings, Origin>;
  /** The flag, variable or file that a value comes from; none for a default. */
  places: Partial<Record<keyof Settings, string>>;
}

/** Resolves settings once and says where each came from. Throws `UsageError` naming the wrong one. */
export function resolveSettings(
  flags: Partial<Record<keyof Settings, unknown>>,
  env: Environment = process.env,
  file = 'pathact.config.json',
): ResolvedSettings {
  const fromFile = readConfigFile(file);
  const merged: Record<string, unknown> = {};
  const origins = {} as ResolvedSettings['origins'];
  const places: ResolvedSettings['places'] = {};
  const take = (key: keyof Settings, value: unknown, origin: Origin, place: string) => {
    [merged[key], origins[key], places[key]] = [value, origin, place];
  };
  for (const key of Object.keys(environmentNames) as (keyof Settings)[]) {
    const variable = environmentNames[key].find((name) => env[name]);
    if (flags[key] !== undefined) take(key, flags[key], 'flag', flagName(key));
    else if (variable) take(key, env[variable], 'environment', variable);
    else if (fromFile[key] !== undefined) take(key, fromFile[key], 'file', resolve(file));
    else origins[key] = 'default';
  }
  const parsed = settingsSchema.safeParse(merged);
  if (parsed.success) return { settings: parsed.data, origins, places };
  const issue = parsed.error.issues[0];
  const key = String(issue?.path[0] ?? 'settings');
  throw new UsageError(`setting "${key}": ${issue?.message ?? 'is wrong'}`, {
    hint: `It came from: ${places[key as keyof Settings] ?? 'unknown'}. \`pathact config show --origin\` lists all.`,
  });
}

/** maxSteps → --max-steps */
function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function readConfigFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  try {
    const stated = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    settingsSchema.partial().parse(stated); // only to refuse: its result has the defaults filled in
    return stated;
  } catch (cause) {
    throw new UsageError(`${file} is not a valid settings file`, {
      hint: 'It is one JSON object with the names that `pathact config show` prints.',
      cause,
    });
  }
}
