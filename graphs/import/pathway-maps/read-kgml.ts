import type { SaxesTagNS } from 'saxes';
import type { NodeAttributes } from '../../pathway-graph.ts';
import { signOfSubtypes } from '../../signs.ts';
import { DropCounts } from '../drop-counts.ts';
import { nodeStatement, relationStatement } from '../make-statement.ts';
import type { NodeStatement, Statement } from '../statement.ts';
import { type Place, readXml, type XmlHandler } from '../text/read-xml.ts';
import { kgmlMember, kgmlReferences, kgmlSpecies } from './kgml-ids.ts';

const licence = 'KEGG: free for academic use; commercial use needs a licence';

/**
 * Reads KEGG's pathway markup (KGML 0.6 and 0.7). An entry with several genes is their family, a group the complex of
 * its components. A reaction is a relation from each substrate to each product, and from each of its enzymes to each
 * product, all unsigned (spec §1.9); a reversible one also runs backwards.
 */
export function readKgml(path: string, signal?: AbortSignal): AsyncGenerator<Statement> {
  return readXml<Statement>(path, (emit, place) => new KgmlHandler(emit, place), signal);
}

interface Entry {
  id: string;
  /** `hsa:5594 hsa:5595`, `cpd:C00001`, `undefined`. */
  ids: string[];
  type: string;
  label: string;
  components: string[];
  /** `rn:R00299`, where the entry catalyses one. */
  reactions: string[];
}

interface Relation {
  entries: [string, string];
  type: string;
  subtypes: string[];
}

interface Reaction {
  id: string;
  names: string[];
  isReversible: boolean;
  substrates: { id: string | undefined; name: string }[];
  products: { id: string | undefined; name: string }[];
}

/** Collects one map; entries and relations of a file refer to each other, and a map is small. */
class KgmlHandler implements XmlHandler {
  readonly #emit: (statement: Statement) => void;
  readonly #place: Place;
  readonly #entries = new Map<string, Entry>();
  readonly #relations: Relation[] = [];
  readonly #reactions: Reaction[] = [];
  readonly #dropped = new DropCounts();
  readonly #declared = new Set<string>();
  #map: { id: string; name: string; organism: string } | undefined;
  #entry: Entry | undefined;

  constructor(emit: (statement: Statement) => void, place: Place) {
    this.#emit = emit;
    this.#place = place;
  }

  open(tag: SaxesTagNS): void {
    const at = (name: string): string => tag.attributes[name]?.value ?? '';
    if (this.#map === undefined) this.#onRoot(tag.local, at);
    else if (tag.local === 'entry') this.#onEntry(at);
    else if (tag.local === 'graphics' && this.#entry?.label === '') this.#entry.label = at('name');
    else if (tag.local === 'component') this.#entry?.components.push(at('id'));
    else if (tag.local === 'relation') {
      this.#relations.push({ entries: [at('entry1'), at('entry2')], type: at('type'), subtypes: [] });
    } else if (tag.local === 'subtype') this.#relations.at(-1)?.subtypes.push(at('name'));
    else if (tag.local === 'reaction') {
      const isReversible = at('type') === 'reversible';
      this.#reactions.push({
        id: at('id'),
        names: words(at('name')),
        isReversible,
        substrates: [],
        products: [],
      });
    } else if (tag.local === 'substrate') this.#reactions.at(-1)?.substrates.push(compoundOf(at));
    else if (tag.local === 'product') this.#reactions.at(-1)?.products.push(compoundOf(at));
  }

  close(tag: SaxesTagNS): void {
    if (tag.local === 'entry') this.#entry = undefined;
  }

  text(): void {}

  end(): void {
    for (const relation of this.#relations) this.#emitRelation(relation);
    for (const reaction of this.#reactions) this.#emitReaction(reaction);
    for (const dropped of this.#dropped.statements()) this.#emit(dropped);
  }

  #onRoot(local: string, at: (name: string) => string): void {
    if (local !== 'pathway') throw this.#place.fault(`<${local}> is no KGML <pathway>`);
    const id = at('name').replace(/^path:/, '') || at('number');
    this.#map = { id, name: at('title').trim() || id, organism: at('org') || id.replace(/\d+$/, '') };
  }

  #onEntry(at: (name: string) => string): void {
    const id = at('id');
    this.#entry = {
      id,
      ids: words(at('name')).filter((name) => name.includes(':')),
      type: at('type'),
      label: '',
      components: [],
      reactions: words(at('reaction')),
    };
    if (this.#entries.has(id)) this.#emit({ kind: 'warning', message: `entry ${id} is defined twice` });
    this.#entries.set(id, this.#entry);
  }

  #emitRelation({ entries, type, subtypes }: Relation): void {
    const [head, tail] = entries.map((id) => this.#nodeOf(id));
    if (head === undefined || tail === undefined) {
      this.#dropped.add('relations with an end that the map does not define');
      return;
    }
    this.#relate(head, tail, type, subtypes);
  }

  #emitReaction(reaction: Reaction): void {
    const enzymes = this.#enzymesOf(reaction);
    const [from, to] = [reaction.substrates, reaction.products].map((side) =>
      side.flatMap(({ id, name }) => this.#compoundNode(id, name) ?? []),
    ) as [string[], string[]];
    if (from.length === 0 || to.length === 0) {
      this.#dropped.add('reactions without substrate or product');
      return;
    }
    this.#emitTurn(from, to, enzymes);
    if (reaction.isReversible) this.#emitTurn(to, from, enzymes);
  }

  #emitTurn(from: readonly string[], to: readonly string[], enzymes: readonly string[]): void {
    for (const product of to) {
      for (const substrate of from) this.#relate(substrate, product, 'reaction', ['conversion']);
      for (const enzyme of enzymes) this.#relate(enzyme, product, 'reaction', ['catalysis']);
    }
  }

  /** By the entry's own word; in older files the reaction has the entry's id. */
  #enzymesOf({ id, names }: Reaction): string[] {
    const named = [...this.#entries.values()].filter(
      (entry) => entry.id === id || entry.reactions.some((name) => names.includes(name)),
    );
    const enzymes = named.filter(({ type }) => ['gene', 'ortholog', 'enzyme', 'group'].includes(type));
    return [...new Set(enzymes.flatMap((entry) => this.#nodeOf(entry.id) ?? []))];
  }

  #relate(head: string, tail: string, type: string, subtypes: readonly string[]): void {
    const map = this.#map as { id: string; name: string };
    const sign = signOfSubtypes(subtypes);
    const evidence = { source: map.id, type, subtypes: [...subtypes], sign, licence };
    this.#emit(relationStatement(head, tail, evidence, [{ id: map.id, name: map.name }]));
  }

  #compoundNode(entryId: string | undefined, name: string): string | undefined {
    const [first] = words(name);
    const entry = entryId === undefined ? undefined : this.#entries.get(entryId);
    // Two boxes may hold one compound; the reaction's own name is what the reaction says.
    if (entry && (first === undefined || entry.ids.includes(first))) return this.#nodeOf(entry.id);
    return first === undefined ? undefined : this.#declareMember(first, 'compound', undefined);
  }

  /** The node that an entry stands for, stated on first use; undefined where the entry names nothing. */
  #nodeOf(entryId: string, depth = 0): string | undefined {
    const entry = this.#entries.get(entryId);
    if (entry === undefined || depth > 8) return undefined;
    if (entry.type === 'group') {
      const parts = entry.components.flatMap((id) => this.#nodeOf(id, depth + 1) ?? []);
      return this.#declareGroup(parts, 'complex');
    }
    const kind = kindOf(entry);
    const members = entry.ids.map((id, i) =>
      this.#declareMember(id, kind, i === 0 ? entry.label : undefined),
    );
    return members.length > 1 ? this.#declareGroup(members, 'family') : members[0];
  }

  #declareGroup(members: readonly string[], nodeKind: 'complex' | 'family'): string | undefined {
    const distinct = [...new Set(members)];
    if (distinct.length < 2) return distinct[0];
    const id = `${nodeKind} ${distinct.join(' ')}`;
    return this.#declare(nodeStatement({ id, label: '', nodeKind, members: distinct }));
  }

  #declareMember(id: string, nodeKind: NodeAttributes['kind'], box: string | undefined): string {
    const organism = this.#map?.organism ?? '';
    const node = kgmlMember(id, box);
    const species = nodeKind === 'gene' ? { species: kgmlSpecies(id, organism) } : {};
    return this.#declare(nodeStatement({ ...node, nodeKind, references: kgmlReferences(id), ...species }));
  }

  #declare(node: NodeStatement): string {
    if (!this.#declared.has(node.id)) this.#emit(node);
    // A later box may name what an earlier one only counted among others.
    if (node.label !== '' || node.members) this.#declared.add(node.id);
    return node.id;
  }
}

function kindOf({ type, ids }: Entry): NodeAttributes['kind'] {
  if (type === 'map') return 'map';
  if (type === 'compound') return ids.every((id) => id.startsWith('dr:')) ? 'drug' : 'compound';
  return ['gene', 'ortholog', 'enzyme'].includes(type) ? 'gene' : 'other';
}

function compoundOf(at: (name: string) => string): { id: string | undefined; name: string } {
  return { id: at('id') || undefined, name: at('name') };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
