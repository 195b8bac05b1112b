import type { Command } from 'commander';
import { registerMakeQuestions } from './data-questions.ts';

export function registerData(program: Command): void {
  const data = program.command('data').description('data sets and question files');
  registerMakeQuestions(data);
}
