import type { Command } from 'commander';
import { registerModels } from './models.ts';

/** Every command group adds itself here; one file a group. */
export function registerCommands(program: Command): void {
  registerModels(program);
}
