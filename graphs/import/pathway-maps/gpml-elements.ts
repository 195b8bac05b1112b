import type { SaxesTagNS } from 'saxes';
import type { Place, XmlHandler } from '../text/read-xml.ts';

export interface GpmlNode {
  id: string;
  label: string;
  type: string;
  group: string | undefined;
  /** GPML 2021: the group that this node is drawn for once more. */
  alias: string | undefined;
  database: string;
  databaseId: string;
}

export interface GpmlGroup {
  id: string;
  label: string;
  style: string;
  group: string | undefined;
  database: string;
  databaseId: string;
}

export interface GpmlPoint {
  ref: string | undefined;
  /** In the spelling of 2013: `mim-inhibition`, `Arrow`; none for a plain end. */
  arrow: string | undefined;
}

export interface GpmlInteraction {
  points: GpmlPoint[];
  anchors: string[];
  citations: string[];
}

/** What a drawing of WikiPathways holds, in either version of GPML. */
export interface GpmlDrawing {
  title: string;
  organism: string;
  /** `WP1541`; empty where the file does not tell. */
  accession: string;
  dataSource: string;
  licence: string;
  nodes: Map<string, GpmlNode>;
  /** By the id that interactions use. */
  groups: Map<string, GpmlGroup>;
  /** By the id that members use, which 2013 has beside the other. */
  groupIds: Map<string, string>;
  /** State to the node it belongs to. */
  states: Map<string, string>;
  /** Labels and shapes with their texts. */
  texts: Map<string, string>;
  interactions: GpmlInteraction[];
  /** Anchors on lines without meaning. */
  graphicalAnchors: Set<string>;
  graphicalLines: number;
  unnamedNodes: number;
  pmids: Map<string, string>;
}

const arrowsOf2021: Readonly<Record<string, string>> = {
  Directed: 'Arrow',
  Conversion: 'mim-conversion',
  Inhibition: 'mim-inhibition',
  Catalysis: 'mim-catalysis',
  Stimulation: 'mim-stimulation',
  Binding: 'mim-binding',
  Translocation: 'mim-translocation',
  TranscriptionTranslation: 'mim-transcription-translation',
};

/** Collects a drawing; `onEnd` gets the whole of it, since its parts refer to each other. */
export class GpmlHandler implements XmlHandler {
  readonly #place: Place;
  readonly #onEnd: (drawing: GpmlDrawing) => void;
  readonly #drawing = emptyDrawing();
  #sawRoot = false;
  #node: GpmlNode | GpmlGroup | undefined;
  #line: GpmlInteraction | undefined;
  #citation: { id: string; database: string; number: string } | undefined;
  #text: string | undefined;

  constructor(place: Place, onEnd: (drawing: GpmlDrawing) => void) {
    this.#place = place;
    this.#onEnd = onEnd;
  }

  open(tag: SaxesTagNS): void {
    const at = (...names: string[]): string => {
      for (const name of names) if (tag.attributes[name]) return tag.attributes[name].value;
      return '';
    };
    if (!this.#sawRoot) this.#onRoot(tag, at);
    else if (this.#line) this.#openInLine(tag.local, at);
    else this.#openElement(tag.local, at);
    this.#text = ['BiopaxRef', 'ID', 'DB'].includes(tag.local) ? '' : undefined;
  }

  #openElement(local: string, at: (...names: string[]) => string): void {
    if (local === 'DataNode') this.#onNode(at);
    else if (local === 'Group') this.#onGroup(at);
    else if (local === 'State') this.#onState(at);
    else if (local === 'Xref') this.#onXref(at('Database', 'dataSource'), at('ID', 'identifier'));
    else if (local === 'Label' || local === 'Shape') {
      this.#drawing.texts.set(at('GraphId', 'elementId'), tidy(at('TextLabel', 'textLabel')));
    } else if (local === 'Interaction' || local === 'GraphicalLine') {
      this.#line = { points: [], anchors: [], citations: [] };
    } else if (local === 'Citation' || local === 'PublicationXref') {
      this.#citation = { id: at('elementId', 'rdf:id', 'rdf:ID'), database: '', number: '' };
    }
  }

  #openInLine(local: string, at: (...names: string[]) => string): void {
    if (local === 'Point') {
      const ref = at('GraphRef', 'elementRef') || undefined;
      this.#line?.points.push({ ref, arrow: arrowOf(at('ArrowHead', 'arrowHead')) });
    } else if (local === 'Anchor') this.#line?.anchors.push(at('GraphId', 'elementId'));
    else if (local === 'CitationRef') this.#line?.citations.push(at('elementRef'));
  }

  close({ local }: SaxesTagNS): void {
    if (local === 'DataNode' || local === 'Group') this.#node = undefined;
    else if (local === 'Interaction' || local === 'GraphicalLine') this.#closeLine(local);
    else if (local === 'BiopaxRef') this.#line?.citations.push((this.#text ?? '').trim());
    else if (local === 'ID' && this.#citation) this.#citation.number = (this.#text ?? '').trim();
    else if (local === 'DB' && this.#citation) this.#citation.database = (this.#text ?? '').trim();
    else if (local === 'Citation' || local === 'PublicationXref') this.#closeCitation();
    this.#text = undefined;
  }

  text(text: string): void {
    if (this.#text !== undefined) this.#text += text;
  }

  end(): void {
    this.#onEnd(this.#drawing);
  }

  #onRoot(tag: SaxesTagNS, at: (...names: string[]) => string): void {
    if (tag.local !== 'Pathway') throw this.#place.fault(`<${tag.name}> is no GPML <Pathway>`);
    this.#sawRoot = true;
    this.#drawing.title = tidy(at('Name', 'title'));
    this.#drawing.organism = at('Organism', 'organism');
    this.#drawing.dataSource = at('Data-Source', 'source');
    this.#drawing.licence = at('License', 'license');
    this.#drawing.accession = /^WP\d+/.exec(at('Version', 'version'))?.[0] ?? '';
  }

  #onNode(at: (...names: string[]) => string): void {
    this.#node = {
      id: at('GraphId', 'elementId') || ` ${++this.#drawing.unnamedNodes}`,
      label: tidy(at('TextLabel', 'textLabel')),
      type: at('Type', 'type'),
      group: at('GroupRef', 'groupRef') || undefined,
      alias: at('aliasRef', 'elementRef') || undefined,
      database: '',
      databaseId: '',
    };
    this.#drawing.nodes.set(this.#node.id, this.#node);
  }

  #onGroup(at: (...names: string[]) => string): void {
    const groupId = at('GroupId', 'elementId');
    const group = {
      id: at('GraphId', 'elementId') || groupId,
      // PathVisio names groups that nobody named.
      label: tidy(at('TextLabel', 'textLabel')).replace(/^Group[ _]object$/i, ''),
      style: at('Style', 'type'),
      group: at('GroupRef', 'groupRef') || undefined,
      database: '',
      databaseId: '',
    };
    this.#node = group;
    this.#drawing.groups.set(group.id, group);
    this.#drawing.groupIds.set(groupId, group.id);
  }

  #onState(at: (...names: string[]) => string): void {
    const owner = at('GraphRef') || this.#node?.id;
    if (owner) this.#drawing.states.set(at('GraphId', 'elementId'), owner);
  }

  #onXref(database: string, id: string): void {
    if (this.#citation) {
      this.#citation.database = database;
      this.#citation.number = id;
    } else if (this.#node && this.#node.databaseId === '') {
      this.#node.database = database;
      this.#node.databaseId = id;
    } else if (!this.#node && /^WP\d+/.test(id)) {
      this.#drawing.accession ||= id.replace(/_.*$/, '');
    }
  }

  #closeLine(local: string): void {
    const line = this.#line;
    this.#line = undefined;
    if (line === undefined) return;
    if (local === 'Interaction') {
      this.#drawing.interactions.push(line);
      return;
    }
    this.#drawing.graphicalLines++;
    for (const anchor of line.anchors) this.#drawing.graphicalAnchors.add(anchor);
  }

  #closeCitation(): void {
    const { id, database, number } = this.#citation ?? { id: '', database: '', number: '' };
    this.#citation = undefined;
    if (/^(pubmed|pmid)$/i.test(database) && /^\d+$/.test(number)) this.#drawing.pmids.set(id, number);
  }
}

function emptyDrawing(): GpmlDrawing {
  return {
    title: '',
    organism: '',
    accession: '',
    dataSource: '',
    licence: '',
    nodes: new Map(),
    groups: new Map(),
    groupIds: new Map(),
    states: new Map(),
    texts: new Map(),
    interactions: [],
    graphicalAnchors: new Set(),
    graphicalLines: 0,
    unnamedNodes: 0,
    pmids: new Map(),
  };
}

function arrowOf(text: string): string | undefined {
  if (text === '' || text === 'Undirected' || text === 'Line') return undefined;
  return arrowsOf2021[text] ?? text;
}

function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
