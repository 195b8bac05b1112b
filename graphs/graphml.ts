import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { z } from 'zod';
import { MalformedFileError } from '../src/errors.ts';
import { limits } from './bounded-read.ts';
import { keyFault } from './graph-builder.ts';
import { type Evidence, evidenceSchema, type NodeAttributes, nodeKinds } from './pathway-graph.ts';

export interface GraphmlNode {
  key: string;
  /** KEGG's box label (`graphics.name`). */
  boxLabel: string | undefined;
  /** What our own export adds. */
  own: Pick<NodeAttributes, 'kind' | 'label' | 'names' | 'xrefs'> | undefined;
  line: number;
}

export interface GraphmlEdge {
  head: string;
  tail: string;
  type: string;
  subtypes: string[];
  /** Map ids, then NETWORK ids. */
  processIds: string[];
  /** What our own export adds. */
  evidences: Evidence[] | undefined;
  line: number;
}

const graphicsSchema = z.object({ name: z.string().optional() });
const subtypesSchema = z.array(z.object({ name: z.string() }));
const idsSchema = z.array(z.string());
const xrefsSchema = z.record(z.string(), z.string());
const evidencesSchema = z.array(evidenceSchema);

type Open =
  | { kind: 'node'; key: string; data: Record<string, string>; line: number }
  | { kind: 'edge'; head: string; tail: string; data: Record<string, string>; line: number };

/**
 * Reads BioMaze's GraphML (spec §1.5) chunk by chunk. DOCTYPE, and with it every entity of the file's own, is
 * refused; so are nesting, texts and counts beyond `limits`. Throws `MalformedFileError` as `file:line: what`.
 */
export class GraphmlReader {
  readonly nodes: GraphmlNode[] = [];
  readonly edges: GraphmlEdge[] = [];
  readonly #file: string;
  readonly #parser: SaxesParser;
  readonly #keyNames = new Map<string, string>();
  readonly #nodeKeys = new Set<string>();
  #depth = 0;
  #sawGraph = false;
  #open: Open | undefined;
  #dataName: string | undefined;
  #text = '';

  constructor(file: string) {
    this.#file = file;
    this.#parser = new SaxesParser({ position: true });
    this.#parser.on('error', (error) => this.#fail(error.message.replace(/^[\d:]+\s*/, '')));
    this.#parser.on('doctype', () => this.#fail('a DOCTYPE is not allowed'));
    this.#parser.on('opentag', (tag) => this.#onOpen(tag));
    this.#parser.on('closetag', (tag) => this.#onClose(tag.name));
    this.#parser.on('text', (text) => this.#onText(text));
    this.#parser.on('cdata', (text) => this.#onText(text));
  }

  write(chunk: string): void {
    this.#parser.write(chunk);
  }

  /** Ends the file and checks what needs all of it. */
  close(): void {
    this.#parser.close();
    if (!this.#sawGraph) this.#fail('no <graph> element: this is not GraphML');
    for (const edge of this.edges) {
      for (const end of [edge.head, edge.tail]) {
        if (!this.#nodeKeys.has(end)) this.#fail(`edge names node "${end}", which the file lacks`, edge.line);
      }
    }
  }

  #onOpen(tag: SaxesTagPlain): void {
    if (++this.#depth > limits.depth) this.#fail(`elements nested deeper than ${limits.depth}`);
    const { name, attributes } = tag;
    if (name === 'key') {
      this.#keyNames.set(this.#attribute(tag, 'id'), attributes['attr.name'] ?? this.#attribute(tag, 'id'));
    } else if (name === 'graph') {
      this.#onGraph(attributes.edgedefault);
    } else if (name === 'node' || name === 'edge') {
      this.#onItem(name, tag);
    } else if (name === 'data' && this.#open) {
      const key = this.#attribute(tag, 'key');
      this.#dataName = this.#keyNames.get(key) ?? key;
      this.#text = '';
    }
  }

  #onGraph(edgeDefault: string | undefined): void {
    if (this.#sawGraph) this.#fail('more than one <graph>');
    if (edgeDefault === 'undirected') this.#fail('the graph is undirected; pathways need directed edges');
    this.#sawGraph = true;
  }

  #onItem(kind: 'node' | 'edge', tag: SaxesTagPlain): void {
    if (this.#open) this.#fail(`<${kind}> inside <${this.#open.kind}>`);
    const common = { data: {}, line: this.#parser.line };
    this.#open =
      kind === 'node'
        ? { kind, key: this.#attribute(tag, 'id'), ...common }
        : { kind, head: this.#attribute(tag, 'source'), tail: this.#attribute(tag, 'target'), ...common };
  }

  #onText(text: string): void {
    if (this.#dataName === undefined) return;
    this.#text += text;
    if (this.#text.length > limits.textLength)
      this.#fail(`a text longer than ${limits.textLength} characters`);
  }

  #onClose(name: string): void {
    this.#depth--;
    if (name === 'data' && this.#open && this.#dataName !== undefined) {
      this.#open.data[this.#dataName] = this.#text;
      this.#dataName = undefined;
    } else if ((name === 'node' || name === 'edge') && this.#open) {
      if (this.#open.kind === 'node') this.#addNode(this.#open);
      else this.#addEdge(this.#open);
      this.#open = undefined;
    }
  }

  #addNode({ key, data, line }: Open & { kind: 'node' }): void {
    if (this.#nodeKeys.has(key)) this.#fail(`node "${key}" is defined twice`, line);
    const fault = keyFault(key);
    if (fault) this.#fail(fault, line);
    if (this.nodes.length >= limits.nodes) this.#fail(`more than ${limits.nodes} nodes`, line);
    this.#nodeKeys.add(key);
    const graphics = this.#json(data.graphics, 'graphics', graphicsSchema, {}, line);
    this.nodes.push({ key, boxLabel: graphics.name, own: this.#own(data, line), line });
  }

  #own({ kind, label, names, xrefs }: Record<string, string>, line: number): GraphmlNode['own'] {
    const known = nodeKinds.find((name) => name === kind);
    if (known === undefined || !label || names === undefined) return undefined;
    return {
      kind: known,
      label,
      names: this.#json(names, 'names', idsSchema, [], line),
      xrefs: this.#json(xrefs, 'xrefs', xrefsSchema, {}, line),
    };
  }

  #addEdge({ head, tail, data, line }: Open & { kind: 'edge' }): void {
    if (this.edges.length >= limits.edges) this.#fail(`more than ${limits.edges} edges`, line);
    const subtypes = this.#json(data.subtypes, 'subtypes', subtypesSchema, [], line);
    const maps = this.#json(data.hsa, 'hsa', idsSchema, [], line);
    const networks = this.#json(data.pathway, 'pathway', idsSchema, [], line);
    this.edges.push({
      head,
      tail,
      type: data.type ?? '',
      subtypes: subtypes.map((subtype) => subtype.name),
      processIds: [...maps, ...networks],
      evidences: this.#json(data.evidences, 'evidences', evidencesSchema.optional(), undefined, line),
      line,
    });
  }

  #json<T>(text: string | undefined, name: string, schema: z.ZodType<T>, absent: T, line: number): T {
    if (text === undefined || text.trim() === '') return absent;
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw this.#error(
        `attribute "${name}" does not hold the JSON that BioMaze's format asks for`,
        line,
        cause,
      );
    }
  }

  #attribute(tag: SaxesTagPlain, name: string): string {
    return tag.attributes[name] ?? this.#fail(`<${tag.name}> without ${name}`);
  }

  #fail(what: string, line = this.#parser.line): never {
    throw this.#error(what, line);
  }

  #error(what: string, line: number, cause?: unknown): MalformedFileError {
    return new MalformedFileError(`${this.#file}:${line}: ${what}`, {
      hint: 'Graph files are GraphML in the BioMaze format, or a folder with nodes.tsv, edges.tsv and processes.tsv.',
      cause,
    });
  }
}
