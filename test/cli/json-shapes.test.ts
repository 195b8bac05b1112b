import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { registerCommands } from '../../src/cli/commands.ts';
import { jsonShapeFiles, jsonShapes } from '../../src/cli/json-shapes.ts';

const folder = join(import.meta.dirname, '../../docs/json');

test('every command with --json has a published shape', () => {
  const program = new Command('pathact');
  registerCommands(program);
  expect(withJson(program, []).sort()).toEqual(Object.keys(jsonShapes).sort());
});

test('docs/json is what the schemas say (`npm run build:json` writes it)', () => {
  const files = jsonShapeFiles();
  expect(readdirSync(folder).sort()).toEqual(Object.keys(files).sort());
  for (const [name, text] of Object.entries(files))
    expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
});

function withJson(command: Command, path: string[]): string[] {
  if (command.commands.length > 0)
    return command.commands.flatMap((sub) => withJson(sub, [...path, sub.name()]));
  return command.options.some(({ long }) => long === '--json') ? [path.join(' ')] : [];
}
