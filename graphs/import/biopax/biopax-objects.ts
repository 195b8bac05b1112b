import { MalformedFileError } from '../../../src/errors.ts';
import { TextPool } from '../text/text-pool.ts';
import { type BioPaxKind, isStructure, isText, kindOfType, propertyName, typeName } from './biopax-terms.ts';
import { type RdfNode, readRdf } from './read-rdf.ts';

export interface BioPaxObject {
  id: string;
  /** Level 3's name of the class. */
  type: string;
  kind: BioPaxKind;
  /** Ids it points to, and the words that decide directions and signs. */
  links: Map<string, string[]>;
  /** What it is called. */
  texts: Map<string, string[]>;
}

export interface Xref {
  kind: 'unification' | 'relationship' | 'publication';
  db: string;
  id: string;
}

export interface BioPaxFile {
  objects: ReadonlyMap<string, BioPaxObject>;
  xrefs: ReadonlyMap<string, Xref>;
}

const maxObjects = 5_000_000;
const maxValues = 20_000;
const maxValueLength = 1_000;

/**
 * The objects of a BioPAX file that a graph needs, level 2's under level 3's names. Read twice: the first time for who
 * points to whom, the second for the names and references of those, so that comments, sequences and the references of
 * everything else are never held.
 */
export async function readBioPaxObjects(path: string, signal?: AbortSignal): Promise<BioPaxFile> {
  const objects = new Map<string, BioPaxObject>();
  const pool = new TextPool();
  let sawBioPax = false;
  for await (const node of readRdf(path, isStructure, signal)) {
    sawBioPax ||= /biopax/i.test(node.namespace);
    addLinks(objects, node, pool);
    if (objects.size > maxObjects) throw tooLarge(path);
  }
  if (!sawBioPax) throw notBioPax(path);
  const wanted = new Set([...objects.values()].flatMap(({ links }) => links.get('xref') ?? []));
  const xrefs = new Map<string, Xref>();
  for await (const node of readRdf(path, isText, signal)) {
    const object = objects.get(node.id);
    if (object) merge(object.texts, node, pool);
    else if (wanted.has(node.id)) addXref(xrefs, node, pool);
  }
  return { objects, xrefs };
}

function addLinks(objects: Map<string, BioPaxObject>, node: RdfNode, pool: TextPool): void {
  const type = typeName(node.type);
  const kind = kindOfType(type);
  if (!kind) return;
  const known = objects.get(node.id);
  if (known) {
    merge(known.links, node, pool);
    return;
  }
  const object: BioPaxObject = {
    id: pool.keep(node.id),
    type: pool.keep(type),
    kind,
    links: new Map(),
    texts: new Map(),
  };
  merge(object.links, node, pool);
  objects.set(object.id, object);
}

/** Adds what another element says of the same object. In place: an object may be described piece by piece. */
function merge(into: Map<string, string[]>, { values }: RdfNode, pool: TextPool): void {
  for (const [name, stated] of values) {
    const property = pool.keep(propertyName(name));
    const known = into.get(property) ?? [];
    const more = new Set(stated.map((value) => pool.keep(value.slice(0, maxValueLength))));
    for (const value of more) if (known.length < maxValues && !known.includes(value)) known.push(value);
    into.set(property, known);
  }
}

function addXref(xrefs: Map<string, Xref>, node: RdfNode, pool: TextPool): void {
  const kind = /^(unification|relationship|publication)Xref$/i.exec(node.type)?.[1]?.toLowerCase();
  const values = new Map([...node.values].map(([name, texts]) => [propertyName(name), texts[0] ?? '']));
  const id = values.get('id');
  if (!kind || !id) return;
  xrefs.set(pool.keep(node.id), {
    kind: kind as Xref['kind'],
    db: pool.keep(values.get('db') ?? ''),
    id: pool.keep(id),
  });
}

function notBioPax(path: string): MalformedFileError {
  return new MalformedFileError(`${path}:1: RDF without anything of BioPAX in it`, {
    hint: 'Name a BioPAX level 3 or level 2 file (.owl).',
  });
}

function tooLarge(path: string): MalformedFileError {
  return new MalformedFileError(`${path}: more than ${maxObjects} objects`, {
    hint: 'Export the pathways that are needed.',
  });
}
