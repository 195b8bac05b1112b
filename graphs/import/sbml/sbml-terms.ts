import type { Sign } from '../../../src/run.ts';
import type { NodeAttributes } from '../../pathway-graph.ts';

/** Terms of the Systems Biology Ontology by their numbers. Modifiers that speed a reaction up. */
const raising = new Set([
  13, // catalyst
  21, // potentiator
  459, // stimulator
  460, // enzymatic catalyst
  461, // essential activator
  462, // non-essential activator
  533, // specific activator
  534, // catalytic activator
  535, // binding activator
]);

/** Modifiers that slow a reaction down. */
const lowering = new Set([
  20, // inhibitor
  206, // competitive inhibitor
  207, // non-competitive inhibitor
  536, // partial inhibitor
  537, // complete inhibitor
  597, // silencer
  638, // irreversible inhibitor
  639, // allosteric inhibitor
  640, // uncompetitive inhibitor
]);

const catalysts = new Set([13, 460]);

const kinds: ReadonlyMap<number, NodeAttributes['kind']> = new Map([
  [243, 'gene'],
  [247, 'compound'], // simple chemical
  [252, 'gene'], // polypeptide chain
  [253, 'complex'],
  [278, 'gene'], // messenger RNA
  [297, 'complex'], // protein complex
  [298, 'drug'],
  [327, 'compound'], // ion
  [334, 'gene'], // antisense RNA
  [358, 'phenotype'],
]);

function termNumber(sboTerm: string | undefined): number {
  return Number(/^SBO:(\d{7})$/.exec(sboTerm ?? '')?.[1] ?? Number.NaN);
}

/** The sign of a modifier on what its reaction makes; a modifier of no known manner is unsigned. */
export function signOfModifier(sboTerm: string | undefined): Sign {
  const term = termNumber(sboTerm);
  if (raising.has(term)) return '+';
  return lowering.has(term) ? '-' : '0';
}

export function isCatalyst(sboTerm: string | undefined): boolean {
  return catalysts.has(termNumber(sboTerm));
}

export function kindOfSpecies(sboTerm: string | undefined): NodeAttributes['kind'] | undefined {
  return kinds.get(termNumber(sboTerm));
}
