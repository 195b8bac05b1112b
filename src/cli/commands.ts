import type { Command } from 'commander';
import { registerAsk } from './ask.ts';
import { registerBench } from './bench.ts';
import { registerConfig } from './config.ts';
import { registerData } from './data.ts';
import { registerDoctor } from './doctor.ts';
import { registerEval } from './eval.ts';
import { registerGraph } from './graph.ts';
import { registerModels } from './models.ts';
import { registerQuickstart } from './quickstart.ts';
import { registerRuns } from './runs.ts';
import { registerRunsScore } from './runs-score.ts';
import { registerServe } from './serve.ts';
import { registerVerify } from './verify.ts';

/** Every command group adds itself here; one file a group. */
export function registerCommands(program: Command): void {
  registerQuickstart(program);
  registerServe(program);
  registerAsk(program);
  registerEval(program);
  registerGraph(program);
  registerModels(program);
  registerData(program);
  registerRuns(program);
  registerRunsScore(program);
  registerVerify(program);
  registerBench(program);
  registerDoctor(program);
  registerConfig(program);
}
