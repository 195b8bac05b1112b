import { recordsOf } from './graph-records.ts';
import type { PathwayGraph } from './pathway-graph.ts';

/** A graph as one JSON document, all that it holds, which `readGraph` reads back; a record a line. */
export function* jsonOf(graph: PathwayGraph): Generator<string> {
  yield `{"format":"pathact-graph","version":1,\n"facts":${JSON.stringify(recordsOf.facts(graph))}`;
  for (const part of ['entries', 'processes', 'nodes', 'edges'] as const) {
    yield `,\n"${part}":[`;
    let before = '\n';
    for (const record of recordsOf[part](graph)) {
      yield before + JSON.stringify(record);
      before = ',\n';
    }
    yield ']';
  }
  yield '}\n';
}
