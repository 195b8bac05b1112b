import type { Command } from 'commander';
import { z } from 'zod';
import { directories, type Origin, resolveSettings, type Settings } from '../config.ts';
import { columns, plain, printJson, printLine } from './print.ts';

/** `config show --json` */
export const configShownSchema = z.object({
  settings: z.record(
    z.string(),
    z.object({
      value: z.union([z.string(), z.number(), z.null()]),
      origin: z.enum(['flag', 'environment', 'file', 'default']),
      /** The flag, the variable or the file; null for a default. */
      from: z.string().nullable(),
    }),
  ),
  directories: z.object({ config: z.string(), data: z.string(), cache: z.string(), state: z.string() }),
});
type ConfigShown = z.infer<typeof configShownSchema>;

export function registerConfig(program: Command): void {
  const config = program.command('config').description('the settings in force');
  config
    .command('show', { isDefault: true })
    .description('what every setting is; flags come before environment, pathact.config.json and defaults')
    .option('--origin', 'say where each value comes from: which flag, variable or file')
    .option('--graph <name|file>', 'as if a command were given it')
    .option('--base-url <url>', 'as if a command were given it')
    .option('--model <name>', 'as if a command were given it')
    .option('--max-steps <n>', 'as if a command were given it')
    .option('--seed <n>', 'as if a command were given it')
    .option('--threads <n>', 'as if a command were given it')
    .option('--json', 'one JSON document: settings {name: {value, origin, from}}, directories')
    .addHelpText(
      'after',
      '\nExamples:\n  pathact config show --origin\n  PATHACT_SEED=1 pathact config show --origin --max-steps 8',
    )
    .action(show);
}

interface Flags extends Partial<Record<keyof Settings, string>> {
  origin?: true;
  json?: true;
}

function show({ origin, json, ...flags }: Flags): void {
  const shown = settingsInForce(flags);
  if (json) printJson(configShownSchema.parse(shown));
  else printSettings(shown, origin === true);
}

function printSettings(shown: ConfigShown, withOrigin: boolean): void {
  const rows = Object.entries(shown.settings).map(([name, { value, origin: kind, from }]) => [
    name,
    value === null ? '–' : plain(String(value)),
    ...(withOrigin ? [from === null ? kind : `${kind} ${from}`] : []),
  ]);
  const folders = Object.entries(shown.directories).map(([name, path]) => [`${name} folder`, path]);
  for (const line of columns([...rows, ...folders])) printLine(line);
}

function settingsInForce(flags: Partial<Record<keyof Settings, string>>): ConfigShown {
  const { settings, origins, places } = resolveSettings(flags);
  const entries = Object.entries(origins).map(([name, origin]: [string, Origin]) => {
    const value = settings[name as keyof typeof settings] ?? null;
    const from = places[name as keyof typeof settings] ?? null;
    return [name, { value: typeof value === 'string' ? withoutSecrets(name, value) : value, origin, from }];
  });
  return { settings: Object.fromEntries(entries), directories: directories() };
}

/** Keys are hidden, and so is a password inside an address. */
function withoutSecrets(name: string, value: string): string {
  if (/key|token|secret|password/i.test(name)) return '[hidden]';
  const url = URL.parse(value);
  if (!url?.password && !url?.username) return value;
  url.username = url.password = '';
  return url.href;
}
