import type { SaxesTagNS } from 'saxes';
import type { Place, XmlHandler } from '../text/read-xml.ts';

/** A node or an edge of any GraphML, its data by attribute name. */
export interface GraphmlItem {
  kind: 'node' | 'edge';
  id: string;
  source: string;
  target: string;
  isDirected: boolean;
  data: Record<string, string>;
}

export type GraphmlPart = GraphmlItem | { kind: 'hyperedge' };

/** Gives nodes and edges as their elements end, those of nested graphs too; keeps nothing of them. */
export class GraphmlHandler implements XmlHandler {
  readonly #emit: (part: GraphmlPart) => void;
  readonly #place: Place;
  readonly #names = new Map<string, string>();
  readonly #open: GraphmlItem[] = [];
  readonly #directed: boolean[] = [];
  #sawRoot = false;
  #sawGraph = false;
  #data: string | undefined;
  #text = '';

  constructor(emit: (part: GraphmlPart) => void, place: Place) {
    this.#emit = emit;
    this.#place = place;
  }

  open(tag: SaxesTagNS): void {
    const at = (name: string): string => tag.attributes[name]?.value ?? '';
    const { local } = tag;
    if (!this.#sawRoot) this.#onRoot(tag);
    else if (local === 'key') this.#names.set(at('id'), at('attr.name') || at('id'));
    else if (local === 'graph') {
      this.#sawGraph = true;
      this.#directed.push(at('edgedefault') !== 'undirected');
    } else if (local === 'node' || local === 'edge') this.#onItem(local, at);
    else if (local === 'data') this.#startData(this.#names.get(at('key')) ?? at('key'));
    // yFiles draws the label inside another attribute.
    else if (local === 'NodeLabel') this.#startData('NodeLabel');
    else if (local === 'hyperedge') this.#emit({ kind: 'hyperedge' });
  }

  close({ local }: SaxesTagNS): void {
    if (local === 'graph') this.#directed.pop();
    else if (local === 'node' || local === 'edge') this.#emitItem();
    else if (local === 'data' || local === 'NodeLabel') this.#endData();
  }

  text(text: string): void {
    if (this.#data !== undefined) this.#text += text;
  }

  end(): void {
    if (!this.#sawGraph) throw this.#place.fault('no <graph> element: this is not GraphML');
  }

  #onRoot({ local, name }: SaxesTagNS): void {
    if (local !== 'graphml') throw this.#place.fault(`<${name}> is no <graphml>`);
    this.#sawRoot = true;
  }

  #onItem(kind: 'node' | 'edge', at: (name: string) => string): void {
    const directed = at('directed');
    this.#open.push({
      kind,
      id: at('id'),
      source: at('source'),
      target: at('target'),
      isDirected: directed === '' ? (this.#directed.at(-1) ?? true) : directed !== 'false',
      data: {},
    });
  }

  #startData(name: string): void {
    this.#data = name;
    this.#text = '';
  }

  #endData(): void {
    const item = this.#open.at(-1);
    if (item && this.#data !== undefined && this.#text.trim() !== '')
      item.data[this.#data] ??= this.#text.trim();
    this.#data = undefined;
  }

  #emitItem(): void {
    const item = this.#open.pop();
    if (item) this.#emit(item);
  }
}
