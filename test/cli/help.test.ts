import { Command } from 'commander';
import { expect, test } from 'vitest';
import { registerCommands } from '../../src/cli/commands.ts';

const program = new Command('pathact');
registerCommands(program);

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

test.each(leaves(program).map((command) => [pathOf(command), command] as const))(
  '`%s --help` describes itself with an example',
  (path, command) => {
    expect(command.description()).not.toBe('');
    expect(helpOf(command)).toMatch(/Examples?:/);
    expect(helpOf(command)).toContain(path);
  },
);
