import type { Command } from 'commander';
import { z } from 'zod';
import { signedGraphOf } from '../../agents/perturbation/finding.ts';
import { makeQuestions } from '../../evals/biomaze/make-questions.ts';
import { NameIndex } from '../../graphs/resolve-names.ts';
import { UsageError } from '../errors.ts';
import { positiveInteger, wholeNumber } from './flag-values.ts';
import { curatedName, openGraph } from './graph-source.ts';
import { interruptSignal } from './interrupt.ts';
import { note, printJson } from './print.ts';
import { writeOutput } from './write-output.ts';

/** `data make-questions --json` */
export const madeQuestionsSchema = z.object({
  file: z.string(),
  graph: z.string(),
  graphHash: z.string(),
  seed: z.number().int(),
  questions: z.number().int(),
  /** By number of edges between the ends. */
  byPathLength: z.record(z.string(), z.number().int()),
  /** Edges that `eval` leaves out of the graph when it asks these questions. */
  excluded: z.array(z.string()),
});

interface Flags {
  graph: string;
  n: number;
  seed: number;
  out?: string;
  json?: true;
}

const example = `
Example:
  pathact data make-questions --n 200 --seed 1 --out made.jsonl
  pathact eval biomaze --data made.jsonl --method perturbation

Each question is about the ends of a path of 2 to 4 edges and is asked both ways (columns of BioMaze and ours).
The column \`excluded\` names the direct edges between the ends; \`eval --data\` leaves all of them out of the graph.`;

export function registerMakeQuestions(data: Command): void {
  data
    .command('make-questions')
    .description('write signed True/False questions from the paths of a graph')
    .option('--graph <name|file>', 'pathway graph', curatedName)
    .option('--n <count>', 'how many questions; two make a pair', positiveInteger, 200)
    .option('--seed <n>', 'the same seed and graph give the same questions', wholeNumber, 1)
    .option('--out <file>', 'a .jsonl file (default: stdout)')
    .option('--json', 'one JSON document about what was written; needs --out')
    .addHelpText('after', example)
    .action(make);
}

async function make({ graph: name, n, seed, out, json }: Flags): Promise<void> {
  if (json && out === undefined) {
    throw new UsageError('--json tells what was written to a file', { hint: 'Add --out FILE.' });
  }
  const graph = await openGraph(name, interruptSignal());
  const rows = makeQuestions(signedGraphOf(graph), new NameIndex(graph), { n, seed });
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (out === undefined) process.stdout.write(text);
  else writeOutput(out, text, '--out');
  const excluded = [...new Set(rows.flatMap((row) => row.excluded))];
  const lengths = rows.map(({ evidence }) => `${evidence.length}`);
  const byPathLength = Object.fromEntries(
    [...Map.groupBy(lengths, (length) => length)].sort().map(([length, all]) => [length, all.length]),
  );
  const facts = { file: out, graph: name, graphHash: graph.getAttribute('hash'), seed };
  if (json)
    printJson(madeQuestionsSchema.parse({ ...facts, questions: rows.length, byPathLength, excluded }));
  else
    note(
      `${rows.length} questions${out ? ` in ${out}` : ''}; ${excluded.length} direct edges are left out when they are asked`,
    );
}
