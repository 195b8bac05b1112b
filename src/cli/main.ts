import { Command, CommanderError } from 'commander';
import { EXIT, PathactError } from '../errors.ts';
import { registerCommands } from './commands.ts';
import { packageVersion } from './package-root.ts';
import { plain } from './print.ts';

/** Runs one command line and sets the process's exit code. The outermost catch of every command. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', stopWhenNobodyReads);
  const program = new Command('pathact')
    .description('Pathway answers with evidence, and benchmark runs that can be trusted, on a local model.')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError('(--help shows the options, with an example)')
    .showSuggestionAfterError()
    .exitOverride();
  registerCommands(program);
  keepFromTracing(process.env);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** `pathact … | head`: the reader has what it wanted. */
function stopWhenNobodyReads(error: Error): void {
  if ('code' in error && error.code === 'EPIPE') process.exit(EXIT.interrupted);
  throw error;
}

/** LangChain would send every prompt to its tracing service where the shell asks for that on behalf of other programs. */
function keepFromTracing(env: NodeJS.ProcessEnv): void {
  for (const client of ['LANGSMITH', 'LANGCHAIN']) {
    for (const name of ['TRACING', 'TRACING_V2']) delete env[`${client}_${name}`];
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof PathactError) {
    process.stderr.write(`error: ${plain(error.message)}\n`);
    if (error.hint) process.stderr.write(`  ${plain(error.hint)}\n`);
    return error.exitCode;
  }
  process.stderr.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.failed;
}
