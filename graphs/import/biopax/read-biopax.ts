import { DropCounts } from '../drop-counts.ts';
import type { Statement, StatementReader } from '../statement.ts';
import { biopaxNodes } from './biopax-nodes.ts';
import { readBioPaxObjects } from './biopax-objects.ts';
import { BioPaxRelations } from './biopax-relations.ts';
import { BioPaxTable } from './biopax-table.ts';

/**
 * BioPAX level 3 and level 2. A conversion gives unsigned relations of what goes in on what comes out; a control gives
 * signed ones of its controller on what comes out of what it controls, through controls of controls with their signs
 * composed (spec §1.9). Where nothing comes out, as in a degradation, the sign on what goes in is turned round.
 * Complexes, sets and generic references name their members.
 */
export const readBioPax: StatementReader = async function* (path, signal): AsyncGenerator<Statement> {
  const table = new BioPaxTable(await readBioPaxObjects(path, signal));
  const drops = new DropCounts();
  const ends = new Set<string>();
  for (const relation of new BioPaxRelations(table, drops).all()) {
    signal?.throwIfAborted();
    ends.add(relation.head).add(relation.tail);
    yield relation;
  }
  yield* biopaxNodes(table, ends);
  drops.add('references to objects that the file lacks', table.missing);
  yield* drops.statements();
  if (ends.size === 0) yield { kind: 'warning', message: 'no interaction that a relation can name' };
};
