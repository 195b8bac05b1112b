import { loadGraph } from '../../../graphs/load.ts';
import type { PathwayGraph } from '../../../graphs/pathway-graph.ts';
import { folderWith } from '../../helpers/toy-graph.ts';

/** Edges as `A + B` (raises), `A - B` (lowers), `A 0 B` (unsigned), `A isa B`, `A partof B`; subtypes behind a colon. */
export async function graphOf(...edges: string[]): Promise<PathwayGraph> {
  const rows = edges.map((edge) => {
    const [statement = '', subtypes = ''] = edge.split(':').map((part) => part.trim());
    const [head = '', relation = '', tail = ''] = statement.split(' ');
    return { head, relation, tail, subtypes };
  });
  const nodes = [...new Set(rows.flatMap(({ head, tail }) => [head, tail]))];
  const member = (relation: string) => relation === 'isa' || relation === 'partof';
  const edgeRow = ({ head, relation, tail, subtypes }: (typeof rows)[number]) => {
    const type = member(relation) ? relation : 'PPrel';
    return [head, tail, type, subtypes.replaceAll(' ', ';').replace('missing;interaction', 'missing interaction'), member(relation) ? '0' : relation, ''].join('\t'); // biome-ignore format: a row
  };
  return loadGraph(
    folderWith({
      'processes.tsv': 'id\tname\tcategory\n',
      'nodes.tsv': ['id\tkind\tname', ...nodes.map((node) => `${node}\tgene\t${node}`)].join('\n'),
      'edges.tsv': ['head\ttail\trelation\tsubtypes\tsign\tprocess', ...rows.map(edgeRow)].join('\n'),
    }),
  );
}
