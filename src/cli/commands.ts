import type { Command } from 'commander';
import { registerAsk } from './ask.ts';
import { registerConfig } from './config.ts';
import { registerDoctor } from './doctor.ts';
import { registerEval } from './eval.ts';
import { registerModels } from './models.ts';

/** Every command group adds itself here; one file a group. */
export function registerCommands(program: Command): void {
  registerAsk(program);
  registerEval(program);
  registerModels(program);
  registerDoctor(program);
  registerConfig(program);
}
