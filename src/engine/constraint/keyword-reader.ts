import { ConstraintError } from './constraint-error.ts';
import { storageFormats, stringFormats } from './formats.ts';
import { isRecord, isSame } from './json-value.ts';
import { type Bound, tighter } from './number-range.ts';
import type { AllOf, Located, TypeName } from './schema-keywords.ts';

export const typeNames = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const;

/** Assertions of JSON Schema that the grammar cannot hold a reply to. */
const refused = new Set([
  'not',
  'if',
  'then',
  'else',
  'contains',
  'minContains',
  'maxContains',
  'patternProperties',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedItems',
  'contentSchema',
  '$dynamicRef',
  '$recursiveRef',
  'additionalItems',
]);

/** Reads the keywords of one schema object; each complains of its own by name and place. */
export class KeywordReader {
  readonly #schema: Record<string, unknown>;
  readonly #path: string;

  constructor(schema: Record<string, unknown>, path: string) {
    this.#schema = schema;
    this.#path = path;
  }

  refuse(): void {
    for (const keyword of Object.keys(this.#schema)) {
      if (refused.has(keyword)) throw this.#error(keyword, 'is not supported');
    }
    if (this.#get('uniqueItems') === true && this.count('maxItems', 2) > 1) {
      throw this.#error('uniqueItems', 'is not supported');
    }
    const multiple = this.#get('multipleOf');
    const isInteger = this.#get('type') === 'integer';
    if (multiple !== undefined && !(multiple === 1 && isInteger))
      throw this.#error('multipleOf', 'is not supported');
  }

  types(): Set<TypeName> | undefined {
    const type = this.#get('type');
    if (type === undefined) return undefined;
    const names = new Set(Array.isArray(type) ? type : [type]);
    if (this.#get('nullable') === true) names.add('null');
    for (const name of names) {
      if (!typeNames.some((known) => known === name)) throw this.#error('type', `has no type ${show(name)}`);
    }
    return names as Set<TypeName>;
  }

  values(): unknown[] | undefined {
    const [values, value] = [this.#get('enum'), this.#get('const')];
    if (values !== undefined && !Array.isArray(values)) throw this.#error('enum', 'is not a list');
    if (value === undefined) return values;
    const all = values as unknown[] | undefined;
    return !all || all.some((other) => isSame(other, value)) ? [value] : [];
  }

  properties(): Map<string, AllOf> {
    const properties = this.#get('properties') ?? {};
    if (!isRecord(properties)) throw this.#error('properties', 'is not an object');
    return new Map(
      Object.entries(properties).map(([name, schema]) => [name, [this.#at(schema, 'properties', name)]]),
    );
  }

  required(): Set<string> {
    const required = this.#get('required') ?? [];
    // In the third draft a property said of itself that it is required; such a flag says nothing since.
    if (typeof required === 'boolean') return new Set();
    if (Array.isArray(required) && required.every((name) => typeof name === 'string'))
      return new Set(required);
    throw this.#error('required', 'is not a list of names');
  }

  /** Said by `unevaluatedProperties`: replies hold no properties but those that schemas name. */
  closed(): Located | undefined {
    const rest = this.#get('unevaluatedProperties');
    if (rest === undefined || rest === true) return undefined;
    if (rest === false && this.#get('additionalProperties') === undefined) return undefined;
    throw this.#error('unevaluatedProperties', 'is not supported');
  }

  schema(keyword: string): Located | undefined {
    const schema = this.#get(keyword);
    return schema === undefined ? undefined : this.#at(schema, keyword);
  }

  /** Before the draft of 2020 a list in `items` was what `prefixItems` is since. */
  items(): Located | undefined {
    return Array.isArray(this.#get('items')) ? undefined : this.schema('items');
  }

  prefixItems(): Located[] {
    const keyword = Array.isArray(this.#get('items')) ? 'items' : 'prefixItems';
    const items = this.#get(keyword) ?? [];
    if (!Array.isArray(items)) throw this.#error(keyword, 'is not a list');
    return items.map((schema, i) => this.#at(schema, keyword, String(i)));
  }

  options(keyword: string): Located[][] {
    const options = this.#get(keyword);
    if (options === undefined) return [];
    if (!Array.isArray(options) || options.length === 0)
      throw this.#error(keyword, 'is not a list of schemas');
    return [options.map((schema, i) => this.#at(schema, keyword, String(i)))];
  }

  count(keyword: string, otherwise: number): number {
    const count = this.#get(keyword);
    if (count === undefined) return otherwise;
    if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
    throw this.#error(keyword, 'is not a whole number from 0 on');
  }

  text(keyword: string): string | undefined {
    const text = this.#get(keyword);
    if (text === undefined || typeof text === 'string') return text;
    throw this.#error(keyword, 'is not a text');
  }

  formats(): string[] {
    const format = this.text('format');
    if (format === undefined || storageFormats.has(format)) return [];
    const pattern = Object.hasOwn(stringFormats, format) ? stringFormats[format] : undefined;
    if (pattern !== undefined) return [pattern];
    throw this.#error(
      'format',
      `${show(format)} is not supported; those are: ${Object.keys(stringFormats).join(', ')}`,
    );
  }

  /** Both spellings of an exclusive bound: a number of its own, or `true` beside the other. */
  bound(keyword: string, exclusive: string, isTighter: (a: number, b: number) => boolean): Bound | undefined {
    const [plain, other] = [this.#get(keyword), this.#get(exclusive)];
    const bounds: Bound[] = [];
    if (plain !== undefined)
      bounds.push({ value: this.#number(plain, keyword), isExclusive: other === true });
    if (other !== undefined && typeof other !== 'boolean') {
      bounds.push({ value: this.#number(other, exclusive), isExclusive: true });
    }
    return bounds.reduce<Bound | undefined>((a, b) => tighter(a, b, isTighter), undefined);
  }

  /** A bound beyond all safe integers is moved to the last of them where that keeps replies valid. */
  #number(value: unknown, keyword: string): number {
    const isUpper = keyword.endsWith('aximum');
    if (typeof value === 'number' && Number.isFinite(value)) {
      const safe = Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
      const isKept = safe === value || isUpper === value > 0;
      if (isKept) return safe;
    }
    throw this.#error(keyword, `${show(value)} is not a number that replies can be held to`);
  }

  #get(keyword: string): unknown {
    return Object.hasOwn(this.#schema, keyword) ? this.#schema[keyword] : undefined;
  }

  #at(schema: unknown, ...steps: string[]): Located {
    const pointer = steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
    return { schema, path: this.#path + pointer };
  }

  #error(keyword: string, reason: string): ConstraintError {
    return new ConstraintError(`"${keyword}" of the schema at ${this.#path} ${reason}`);
  }
}

const show = (value: unknown) => (JSON.stringify(value) ?? 'undefined').slice(0, 100);
