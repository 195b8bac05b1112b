import type { Command } from 'commander';

/** Every command group adds itself here; one file a group. */
export function registerCommands(_program: Command): void {}
