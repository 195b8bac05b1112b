import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readQuestion } from '../../../agents/perturbation/read-question.ts';
import { loadGraph } from '../../../graphs/load.ts';
import { NameIndex } from '../../../graphs/resolve-names.ts';
import type { Target } from '../../../src/run.ts';
import { paraphrases } from './paraphrases.ts';

const graph = await loadGraph(fileURLToPath(new URL('../../../data/pathways', import.meta.url)));
const names = new NameIndex(graph);

function told(target: Target | undefined): string {
  if (!target) return 'nothing';
  if (target.kind === 'modification') return `${target.node} ${target.modification}`;
  return target.kind === 'interaction' ? `${target.node} with ${target.partner}` : target.node;
}

describe('what is perturbed, and what is asked of what', () => {
  test.each(paraphrases)('$text', ({ text, cause, target, asked }) => {
    const { causes, asked: wanted } = readQuestion(text, { graph, names });
    const [first] = causes;
    expect([`${first?.node}:${first?.direction}`, told(wanted?.target), wanted?.direction]).toEqual([
      ...[cause, target, asked],
    ]);
  });
});
