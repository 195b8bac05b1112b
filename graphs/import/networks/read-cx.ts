import { z } from 'zod';
import { MalformedFileError } from '../../../src/errors.ts';
import type { Statement, StatementReader } from '../statement.ts';
import { type AspectElement, readAspects } from './cx-aspects.ts';
import { CxNetwork } from './cx-network.ts';

const id = z.union([z.number(), z.string().min(1)]).transform(String);
const ids = z.union([id.transform((only) => [only]), z.array(id)]);
const values = z.unknown().transform(textsOf);

/** The aspects that hold a network; everything else of CX is pictures, layouts and bookkeeping. */
const aspects = {
  nodes: z.object({ '@id': id, n: z.string().nullish(), r: z.string().nullish() }),
  edges: z.object({ '@id': id.optional(), s: id, t: id, i: z.string().nullish() }),
  nodeAttributes: z.object({ po: ids, n: z.string(), v: values }),
  edgeAttributes: z.object({ po: ids, n: z.string(), v: values }),
  networkAttributes: z.object({ n: z.string(), v: values }),
  citations: z.object({ '@id': id, 'dc:identifier': z.string().nullish() }),
  edgeCitations: z.object({ po: ids, citations: z.array(id) }),
  ndexStatus: z.object({ externalId: z.string().nullish() }),
  metaData: z.object({ name: z.string(), elementCount: z.number().nullish() }),
  status: z.object({ success: z.boolean(), error: z.string().nullish() }),
};

const wanted = new Set([...Object.keys(aspects), 'CXVersion']);

/**
 * CX, NDEx's and Cytoscape's exchange format. Aspects come in any order, so the network is held until the end. An
 * edge's sign is what its label says. Throws `MalformedFileError` where the file is no CX or holds no network.
 */
export const readCx: StatementReader = async function* (path, signal): AsyncGenerator<Statement> {
  const network = new CxNetwork(path);
  for await (const element of readAspects(path, wanted, signal)) {
    if (element.aspect === 'CXVersion') throw isCx2(path, element);
    take(network, element);
  }
  yield* network.statements();
};

function take(network: CxNetwork, { aspect, value, line }: AspectElement): void {
  const read = <Name extends keyof typeof aspects>(name: Name) => {
    const parsed = aspects[name].safeParse(value);
    if (!parsed.success) network.drops.add(`faulty elements of ${name}`);
    return parsed.data as z.infer<(typeof aspects)[Name]> | undefined;
  };
  const handlers: Record<keyof typeof aspects, () => void> = {
    nodes: () => network.addNode(read('nodes'), line),
    edges: () => network.addEdge(read('edges')),
    nodeAttributes: () => network.addNodeAttribute(read('nodeAttributes')),
    edgeAttributes: () => network.addEdgeAttribute(read('edgeAttributes')),
    networkAttributes: () => network.addNetworkAttribute(read('networkAttributes')),
    citations: () => network.addCitation(read('citations')),
    edgeCitations: () => network.addEdgeCitation(read('edgeCitations')),
    ndexStatus: () => network.setId(read('ndexStatus')?.externalId ?? undefined),
    metaData: () => network.announce(read('metaData')),
    status: () => network.end(read('status')),
  };
  handlers[aspect as keyof typeof aspects]();
}

/** CX writes numbers and truths as words, and some writers as themselves. Lists of lists say nothing. */
export function textsOf(value: unknown): string[] {
  const scalars = Array.isArray(value) ? value : [value];
  return scalars.filter((scalar) => /^(string|number|boolean)$/.test(typeof scalar)).map(String);
}

function isCx2(path: string, { line }: AspectElement): MalformedFileError {
  return new MalformedFileError(`${path}:${line}: a CX2 file, which is another format than CX`, {
    hint: 'Name it with the ending .cx2.',
  });
}
