import { MalformedFileError } from '../../../src/errors.ts';
import { DropCounts } from '../drop-counts.ts';
import { FaultCounts } from '../fault-counts.ts';
import { pubmedIds } from '../identity/database-names.ts';
import type { Statement } from '../statement.ts';
import {
  type NetworkEdge,
  type NetworkNode,
  networkEdge,
  networkFacts,
  networkNode,
} from './network-statements.ts';

/** What is kept of edges' and nodes' attributes: kinds, ids, names, species, publications, manner. */
const keptOfNodes =
  /^(type|alias|synonyms?|organism|species|uniprot|hgnc|hgnc[ ._]symbol|chebi|be|fplx|ncbi[ ._]?gene|entrez.*|ensembl|kegg.*)$/i;
const keptOfEdges = /^(directed|mechanism|pmids?|pubmed.*|(ndex:)?citations?(_ids?)?|references?)$/i;

type Attributes = Map<string, string[]>;
type Held<T> = Omit<T, 'attributes' | 'pmids'> & { attributes: Attributes };

/** A CX network as its aspects bring it together. Every method takes an element that may have been faulty. */
export class CxNetwork {
  readonly drops = new DropCounts();
  readonly #path: string;
  readonly #faults = new FaultCounts();
  readonly #nodes = new Map<string, Held<NetworkNode>>();
  readonly #edges = new Map<string, Held<NetworkEdge>>();
  /** Attributes may come before what they belong to. */
  readonly #nodeAttributes = new Map<string, Attributes>();
  readonly #edgeAttributes = new Map<string, Attributes>();
  readonly #facts: Attributes = new Map();
  readonly #citations = new Map<string, string[]>();
  readonly #edgeCitations = new Map<string, string[]>();
  readonly #announced = new Map<string, number>();
  #id: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  addNode(node: { '@id': string; n?: Text; r?: Text } | undefined, line: number): void {
    if (!node) return;
    const id = node['@id'];
    if (this.#nodes.has(id)) {
      this.#faults.add('nodes defined twice', id, line);
      return;
    }
    const attributes = attributesOf(this.#nodeAttributes, id);
    this.#nodes.set(id, { id, name: node.n?.trim() ?? '', represents: node.r?.trim() ?? '', attributes });
  }

  addEdge(edge: { '@id'?: string | undefined; s: string; t: string; i?: Text } | undefined): void {
    if (!edge) return;
    const id = edge['@id'] ?? `unnamed ${this.#edges.size}`;
    const attributes = attributesOf(this.#edgeAttributes, id);
    this.#edges.set(id, { source: edge.s, target: edge.t, interaction: edge.i ?? '', attributes });
  }

  addNodeAttribute(attribute: { po: string[]; n: string; v: string[] } | undefined): void {
    if (!attribute || !keptOfNodes.test(attribute.n)) return;
    for (const id of attribute.po) put(attributesOf(this.#nodeAttributes, id), attribute);
  }

  addEdgeAttribute(attribute: { po: string[]; n: string; v: string[] } | undefined): void {
    if (!attribute || !keptOfEdges.test(attribute.n)) return;
    for (const id of attribute.po) put(attributesOf(this.#edgeAttributes, id), attribute);
  }

  addNetworkAttribute(attribute: { n: string; v: string[] } | undefined): void {
    if (attribute) put(this.#facts, attribute);
  }

  addCitation(citation: { '@id': string; 'dc:identifier'?: Text } | undefined): void {
    if (citation) this.#citations.set(citation['@id'], pubmedIds(citation['dc:identifier'] ?? ''));
  }

  addEdgeCitation(cited: { po: string[]; citations: string[] } | undefined): void {
    for (const id of cited?.po ?? [])
      this.#edgeCitations.set(id, [...(this.#edgeCitations.get(id) ?? []), ...(cited?.citations ?? [])]);
  }

  setId(id: string | undefined): void {
    if (id) this.#id = `ndex:${id}`;
  }

  announce(meta: { name: string; elementCount?: number | null | undefined } | undefined): void {
    if (typeof meta?.elementCount === 'number') this.#announced.set(meta.name, meta.elementCount);
  }

  end(status: { success: boolean; error?: Text } | undefined): void {
    if (status?.success === false)
      this.#faults.add('networks whose export failed', status.error ?? 'without a reason');
  }

  *statements(): Generator<Statement> {
    if (this.#nodes.size === 0 && this.#edges.size === 0) throw this.#empty();
    const facts = networkFacts(this.#facts, this.#id);
    for (const node of this.#nodes.values()) yield networkNode(node, facts);
    for (const [id, edge] of this.#edges) {
      const isSound = this.#nodes.has(edge.source) && this.#nodes.has(edge.target);
      if (isSound) yield networkEdge({ ...edge, pmids: this.#pmidsOf(id) }, facts);
      else this.drops.add('edges to nodes that the file lacks');
    }
    yield* this.drops.statements();
    this.#compareCounts();
    yield* this.#faults.statements();
  }

  #pmidsOf(edge: string): string[] {
    return (this.#edgeCitations.get(edge) ?? []).flatMap((citation) => this.#citations.get(citation) ?? []);
  }

  #compareCounts(): void {
    for (const [name, held] of [
      ['nodes', this.#nodes.size],
      ['edges', this.#edges.size],
    ] as const) {
      const announced = this.#announced.get(name) ?? held;
      if (announced !== held)
        this.#faults.add('aspects of another size than announced', `${name}: ${held} of ${announced}`);
    }
  }

  #empty(): MalformedFileError {
    return new MalformedFileError(`${this.#path}:1: a JSON list without nodes and edges: no CX network`, {
      hint: 'Fetch or export the network again, as CX.',
    });
  }
}

type Text = string | null | undefined;

function attributesOf(held: Map<string, Attributes>, id: string): Attributes {
  const known = held.get(id);
  if (known) return known;
  const created: Attributes = new Map();
  held.set(id, created);
  return created;
}

function put(attributes: Attributes, { n, v }: { n: string; v: string[] }): void {
  const name = n.toLowerCase();
  attributes.set(name, [...(attributes.get(name) ?? []), ...v]);
}
