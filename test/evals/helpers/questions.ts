import { writeFileSync } from 'node:fs';

/** Writes `n` True/False questions in BioMaze's columns, ids q0, q1, …; odd ones have the answer Yes. */
export function writeQuestions(file: string, n: number): string {
  const rows = Array.from({ length: n }, (_, i) => ({
    ...{ id: `q${i}`, question: `Does protein A${i} raise B?`, answer: i % 2 ? 'Yes' : 'No' },
    'Inquiry Type': ['Normal', 'Perturbed'][i % 4 < 2 ? 0 : 1],
    'Extra Condition': ['Natural', 'Intervened'][i % 8 < 4 ? 0 : 1],
    'Investigation Target': ['Single', 'Interaction', 'Function'][Math.floor(i / 8) % 3],
    pair: `p${Math.floor(i / 2)}`,
  }));
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  return file;
}
