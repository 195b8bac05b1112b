import type { FaultCounts } from '../fault-counts.ts';
import type { SbmlModel, SbmlReaction } from './sbml-model.ts';

/** What is wrong with a model without making its reactions unreadable. */
export function noteSbmlFaults(model: SbmlModel, faults: FaultCounts): void {
  noteSpecies(model, faults);
  noteTwice(model.reactions, 'reactions defined twice', faults);
  const isFluxModel = model.reactions.some((reaction) => reaction.lowerBound ?? reaction.upperBound);
  for (const reaction of isFluxModel ? model.reactions : []) noteBounds(model, reaction, faults);
}

function noteSpecies({ species, compartments }: SbmlModel, faults: FaultCounts): void {
  noteTwice(species, 'species defined twice', faults);
  for (const { id, compartment, line } of species) {
    if (!/^[A-Za-z_]\w*$/.test(id)) faults.add('species ids that are no SBML ids', id, line);
    if (compartment === undefined) faults.add('species without a compartment', id, line);
    else if (!compartments.has(compartment))
      faults.add('species in a compartment that the model lacks', id, line);
  }
}

function noteTwice(things: readonly { id: string; line: number }[], what: string, faults: FaultCounts): void {
  const seen = new Set<string>();
  for (const { id, line } of things) {
    if (seen.has(id)) faults.add(what, id, line);
    seen.add(id);
  }
}

function noteBounds(model: SbmlModel, reaction: SbmlReaction, faults: FaultCounts): void {
  const { id, line, lowerBound, upperBound } = reaction;
  const stated = [lowerBound, upperBound].filter((bound) => bound !== undefined);
  if (model.isStrict && stated.length < 2) faults.add('reactions without both flux bounds', id, line);
  for (const bound of stated)
    if (!model.parameters.has(bound))
      faults.add('flux bounds that are no parameter of the model', bound, line);
  const [lower, upper] = [lowerBound, upperBound].map((bound) => model.parameters.get(bound ?? ''));
  if (lower !== undefined && upper !== undefined && lower > upper)
    faults.add('reactions whose lower flux bound is above the upper', id, line);
}
