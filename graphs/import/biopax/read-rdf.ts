import type { SaxesTagNS } from 'saxes';
import { type Place, readXml, type XmlHandler } from '../text/read-xml.ts';

/** One RDF node element with those of its properties that were asked for. */
export interface RdfNode {
  id: string;
  /** Local name of its class, as the file spells it: `Protein`, `unificationXref`. */
  type: string;
  /** Namespace of its class. */
  namespace: string;
  /** Property to the ids it points to or the texts it holds, in file order. */
  values: Map<string, string[]>;
  line: number;
}

const rdfNamespace = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

/**
 * The node elements of an RDF/XML file, nested ones before the one they stand in. Property texts are kept only where
 * `wants` says so, so that comments and sequences cost nothing. Ids are the file's, relative to its base: `#Protein_1`.
 */
export function readRdf(
  path: string,
  wants: (property: string) => boolean,
  signal?: AbortSignal,
): AsyncGenerator<RdfNode> {
  return readXml<RdfNode>(path, (emit, place) => new RdfHandler(emit, place, wants), signal);
}

interface OpenProperty {
  name: string;
  kept: boolean;
  text: string;
  /** It pointed somewhere or held an element; its text is only layout. */
  isReference: boolean;
}

/** Elements alternate: a node holds properties, a property holds a text or nodes. */
class RdfHandler implements XmlHandler {
  readonly #emit: (node: RdfNode) => void;
  readonly #place: Place;
  readonly #wants: (property: string) => boolean;
  readonly #nodes: RdfNode[] = [];
  readonly #properties: OpenProperty[] = [];
  #base = '';
  #sawRoot = false;
  #unnamed = 0;

  constructor(emit: (node: RdfNode) => void, place: Place, wants: (property: string) => boolean) {
    this.#emit = emit;
    this.#place = place;
    this.#wants = wants;
  }

  open(tag: SaxesTagNS): void {
    if (!this.#sawRoot) this.#onRoot(tag);
    else if (this.#nodes.length === this.#properties.length) this.#openNode(tag);
    else this.#openProperty(tag);
  }

  close(): void {
    if (this.#nodes.length === 0) return;
    if (this.#nodes.length === this.#properties.length) this.#closeProperty();
    else this.#emit(this.#nodes.pop() as RdfNode);
  }

  text(text: string): void {
    const property = this.#properties.at(-1);
    if (property?.kept && !property.isReference && this.#nodes.length === this.#properties.length)
      property.text += text;
  }

  #onRoot(tag: SaxesTagNS): void {
    if (tag.local !== 'RDF' || tag.uri !== rdfNamespace)
      throw this.#place.fault(`<${tag.name}> is no <rdf:RDF>`, 'BioPAX files are RDF/XML (.owl).');
    this.#sawRoot = true;
    this.#base = (tag.attributes['xml:base']?.value ?? '').replace(/#$/, '');
  }

  #openNode(tag: SaxesTagNS): void {
    const id = this.#idOf(tag);
    this.#nodes.push({
      id,
      type: tag.local,
      namespace: tag.uri,
      values: new Map(),
      line: this.#place.line,
    });
    const holder = this.#properties.at(-1);
    if (holder) this.#refer(holder, id);
  }

  #openProperty(tag: SaxesTagNS): void {
    const property = { name: tag.local, kept: this.#wants(tag.local), text: '', isReference: false };
    this.#properties.push(property);
    const target = rdfAttribute(tag, 'resource') ?? rdfAttribute(tag, 'nodeID');
    if (target === undefined) return;
    if (tag.uri === rdfNamespace && tag.local === 'type') this.#retype(target);
    else this.#refer(property, this.#localId(target));
  }

  /** `rdf:Description` names its class in a property. */
  #retype(target: string): void {
    const node = this.#nodes.at(-1) as RdfNode;
    const cut = Math.max(target.lastIndexOf('#'), target.lastIndexOf('/')) + 1;
    if (node.type !== 'Description') return;
    node.type = target.slice(cut);
    node.namespace = target.slice(0, cut);
  }

  #refer(property: OpenProperty, id: string): void {
    property.isReference = true;
    if (property.kept) this.#add(property.name, id);
  }

  #closeProperty(): void {
    const property = this.#properties.at(-1) as OpenProperty;
    const text = property.text.trim();
    if (property.kept && !property.isReference && text !== '') this.#add(property.name, text);
    this.#properties.pop();
  }

  #add(property: string, value: string): void {
    const { values } = this.#nodes[this.#properties.length - 1] as RdfNode;
    const known = values.get(property);
    if (known) known.push(value);
    else values.set(property, [value]);
  }

  #idOf(tag: SaxesTagNS): string {
    const id = rdfAttribute(tag, 'ID');
    if (id !== undefined) return `#${id}`;
    const about = rdfAttribute(tag, 'about') ?? rdfAttribute(tag, 'nodeID');
    return about === undefined ? `_:unnamed-${++this.#unnamed}` : this.#localId(about);
  }

  #localId(uri: string): string {
    return this.#base !== '' && uri.startsWith(`${this.#base}#`) ? uri.slice(this.#base.length) : uri;
  }
}

function rdfAttribute(tag: SaxesTagNS, local: 'ID' | 'about' | 'resource' | 'nodeID'): string | undefined {
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name];
    if (attribute?.local === local && attribute.uri === rdfNamespace) return attribute.value;
  }
  return undefined;
}
