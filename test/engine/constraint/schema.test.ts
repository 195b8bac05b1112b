import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileConstraint } from '../../../src/engine/constraint/compile-constraint.ts';
import { ConstraintError } from '../../../src/engine/constraint/constraint-error.ts';
import { constraintVocabulary } from '../../../src/engine/constraint/constraint-vocabulary.ts';
import { randomSource } from '../../../src/engine/random.ts';
import { accepts, randomReply } from '../../helpers/constrained-walk.ts';
import { tinyTokenizer } from '../../helpers/tiny-tokenizer.ts';

const tokenizer = tinyTokenizer();
const vocabulary = constraintVocabulary(tokenizer);
const compile = (schema: unknown) => compileConstraint({ kind: 'schema', schema }, vocabulary);
const takes = (schema: unknown, text: string) => accepts(compile(schema), tokenizer, text);

const ajv = new Ajv2020({ strict: false, allowUnionTypes: true });
formats.default(ajv);

/** A reply to the schema, parsed; fails where it is not valid. */
function validReply(schema: object | boolean, seed: number, extra: number): unknown {
  const { text } = randomReply(compile(schema), tokenizer, randomSource(seed), extra);
  const value: unknown = JSON.parse(text);
  const isValid = ajv.validate(schema, value);
  expect([text, isValid ? '' : ajv.errorsText()]).toEqual([text, '']);
  return value;
}

const number = fc.oneof(
  fc.integer({ min: -2000, max: 2000 }),
  fc.integer({ min: -2000, max: 2000 }).map((value) => value / 100),
  fc.constantFrom(0, 1, 1e6, -1e9, Number.MAX_SAFE_INTEGER, 0.001),
);
const name = fc.constantFrom('a', 'name', 'the "quoted"', 'é/~', 'in', 'ing');
const patternText = fc.constantFrom(
  '^the',
  'ing$',
  '^[a-z]+$',
  '\\d{2,3}',
  '^(yes|no)$',
  '["\\\\]',
  '^.{1,5}$',
  '[^a]',
);
const format = fc.constantFrom(
  'date',
  'time',
  'date-time',
  'uuid',
  'email',
  'ipv4',
  'ipv6',
  'hostname',
  'uri',
);
const count = fc.nat(4);

const partly = <T extends Record<string, fc.Arbitrary<unknown>>>(shape: T) =>
  fc.record(shape, { requiredKeys: [] });

const { schema } = fc.letrec<{ schema: object | boolean; object: object; array: object }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'schema' },
    fc.constantFrom<object | boolean>(
      true,
      {},
      { type: 'null' },
      { type: 'boolean' },
      { type: ['string', 'null'] },
    ),
    partly({ minimum: number, exclusiveMaximum: number }).map((bounds) => ({ type: 'integer', ...bounds })),
    partly({ exclusiveMinimum: number, maximum: number }).map((bounds) => ({ type: 'number', ...bounds })),
    partly({ minLength: count, maxLength: fc.integer({ min: 4, max: 40 }), pattern: patternText }).map(
      (keywords) => ({
        type: 'string',
        ...keywords,
      }),
    ),
    format.map((value) => ({ type: 'string', format: value })),
    fc
      .uniqueArray(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 4 })
      .map((values) => ({ enum: values })),
    fc.jsonValue({ maxDepth: 2 }).map((value) => ({ const: value })),
    tie('object'),
    tie('array'),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.tuple(tie('object'), tie('object')).map((allOf) => ({ allOf })),
  ),
  object: fc
    .tuple(
      fc.dictionary(name, tie('schema'), { maxKeys: 4 }),
      partly({
        required: fc.uniqueArray(name, { maxLength: 3 }),
        additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
        minProperties: fc.nat(2),
        maxProperties: fc.integer({ min: 2, max: 5 }),
        propertyNames: fc.constantFrom({ type: 'string' }, { maxLength: 9 }, { pattern: '^[a-z]' }),
      }),
    )
    .map(([properties, keywords]) => ({ type: 'object', properties, ...keywords })),
  array: partly({
    items: tie('schema'),
    prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }),
    minItems: fc.nat(3),
    maxItems: fc.integer({ min: 2, max: 5 }),
  }).map((keywords) => ({ type: 'array', ...keywords })),
}));

test('replies to random schemas are valid, whatever tokens they have', () => {
  let replies = 0;
  fc.assert(
    fc.property(schema, fc.nat(), fc.nat(60), (source, seed, extra) => {
      try {
        compile(source);
      } catch (error) {
        // Two schemas at once may leave no value, or ask for more than is supported.
        expect(error).toBeInstanceOf(ConstraintError);
        return;
      }
      validReply(source, seed, extra);
      replies++;
    }),
    { numRuns: 200 },
  );
  expect(replies).toBeGreaterThan(100);
});

const tree = {
  $defs: {
    node: {
      type: 'object',
      properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
      required: ['name', 'children'],
      additionalProperties: false,
    },
  },
  $ref: '#/$defs/node',
};

describe('replies to', () => {
  test.each<[string, object]>([
    ['a tree', tree],
    [
      'a list that refers to the root',
      {
        type: 'object',
        properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
        required: ['next'],
      },
    ],
    [
      'a recursion through allOf',
      {
        $defs: {
          n: { type: 'object', properties: { c: { allOf: [{ $ref: '#/$defs/n' }, { required: ['c'] }] } } },
        },
        $ref: '#/$defs/n',
      },
    ],
    [
      'bounds of numbers',
      { type: 'array', minItems: 3, items: { type: 'number', minimum: -0.55, exclusiveMaximum: 12.5 } },
    ],
    [
      'bounds far out',
      {
        type: 'array',
        minItems: 3,
        items: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      },
    ],
    [
      'options told apart by a constant',
      {
        oneOf: [
          {
            type: 'object',
            properties: { kind: { const: 'a' }, x: { type: 'integer' } },
            required: ['kind', 'x'],
          },
          { type: 'object', properties: { kind: { enum: ['b', 'c'] } }, required: ['kind'] },
        ],
      },
    ],
    [
      'options beside properties',
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'integer' } },
        anyOf: [{ required: ['a'] }, { required: ['b'] }],
      },
    ],
    [
      'many optional properties',
      {
        type: 'object',
        properties: Object.fromEntries(
          Array.from({ length: 40 }, (_, i) => [`property_${i}`, { type: 'integer' }]),
        ),
      },
    ],
    [
      'a record',
      {
        type: 'object',
        propertyNames: { pattern: '^[a-z]+$', maxLength: 8 },
        additionalProperties: { type: 'boolean' },
        minProperties: 1,
      },
    ],
    [
      'a tuple and no more',
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false, minItems: 2 },
    ],
    ['a pattern of a given length', { type: 'string', pattern: '^[a-z]+ing$', minLength: 6, maxLength: 9 }],
    ['long strings of bounded length', { type: 'string', minLength: 70, maxLength: 200 }],
    [
      'strings of one long length',
      { type: 'array', items: { type: 'string', minLength: 130, maxLength: 130 }, minItems: 1 },
    ],
    [
      'keys that JSON escapes',
      { type: 'object', properties: { 'a"b\\c\n': { const: '\u2028é"' } }, required: ['a"b\\c\n'] },
    ],
  ])('%s are valid', (_, source) => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(60), (seed, extra) => {
        validReply(source, seed, extra);
      }),
      { numRuns: 40 },
    );
  });
});

test('a length is taken exactly where it is within its bounds', () => {
  const length = fc.nat(300);
  fc.assert(
    fc.property(length, length, fc.array(length, { minLength: 8, maxLength: 8 }), (a, b, lengths) => {
      const [minLength, maxLength] = [Math.min(a, b), Math.max(a, b)];
      const constraint = compile({ type: 'string', minLength, maxLength });
      for (const count of [...lengths, minLength, maxLength, minLength - 1, maxLength + 1]) {
        const isWithin = count >= minLength && count <= maxLength;
        if (count >= 0) expect(accepts(constraint, tokenizer, `"${'é'.repeat(count)}"`)).toBe(isWithin);
      }
    }),
    { numRuns: 20 },
  );
});

test('a number is taken exactly where it is within its bounds', () => {
  const bound = fc.integer({ min: -1500, max: 1500 });
  fc.assert(
    fc.property(bound, bound, fc.array(bound, { minLength: 20, maxLength: 20 }), (a, b, values) => {
      const [minimum, maximum] = [Math.min(a, b), Math.max(a, b)];
      const constraint = compile({ type: 'integer', minimum, maximum });
      for (const value of [...values, minimum, maximum, minimum - 1, maximum + 1]) {
        const isWithin = value >= minimum && value <= maximum;
        expect([value, accepts(constraint, tokenizer, String(value))]).toEqual([value, isWithin]);
      }
      const decimals = compile({
        type: 'number',
        minimum: minimum / 100,
        exclusiveMaximum: maximum / 100 + 1,
      });
      for (const value of values) {
        // -94 / 100 + 1 is a little more than 0.06: bounds are the numbers they are written as.
        const isWithin = value / 100 >= minimum / 100 && value / 100 < maximum / 100 + 1;
        expect([value, accepts(decimals, tokenizer, String(value / 100))]).toEqual([value, isWithin]);
      }
    }),
    { numRuns: 40 },
  );
});

test('properties come in their order, optional ones or not, and none that is not named', () => {
  const source = {
    type: 'object',
    properties: { a: { type: 'integer' }, b: {}, c: { type: 'null' } },
    required: ['b'],
  };
  const yes = ['{"b":1}', '{"a":1,"b":[]}', '{"a": 1, "b": "x", "c": null}', '{"b":{"q":1.5e3},"c":null}'];
  const no = [
    '{}',
    '{"a":1}',
    '{"b":1,"a":1}',
    '{"b":1,"d":1}',
    '{"b":1,"b":2}',
    '{"b":1,}',
    '{ "b":1}',
    '{"b":1\n}',
  ];
  expect(yes.filter((text) => !takes(source, text))).toEqual([]);
  expect(no.filter((text) => takes(source, text))).toEqual([]);
});

test('other properties are never a named one in disguise', () => {
  const source = {
    type: 'object',
    properties: { ab: { type: 'null' } },
    additionalProperties: { type: 'integer' },
  };
  expect(['{"a":1}', '{"abc":1,"b":2}', '{"ab":null,"x":1}'].filter((text) => !takes(source, text))).toEqual(
    [],
  );
  expect(['{"ab":1}', '{"a\\u0062":1}', '{"x":1,"ab":1}'].filter((text) => takes(source, text))).toEqual([]);
});

test('white space is a blank at most, so no reply runs on in it', () => {
  expect(takes({}, '{"a": [1, "b"]}')).toBe(true);
  for (const text of ['{ "a":1}', '{"a":  1}', '[1 ,2]', ' 1', '1 ', '[\n1]'])
    expect(takes({}, text)).toBe(false);
});

describe('what cannot be followed is refused by keyword and place', () => {
  test.each<[unknown, RegExp]>([
    [{ not: {} }, /"not" of the schema at # is not supported/],
    [{ properties: { 'a/b': { if: {} } } }, /"if" of the schema at #\/properties\/a~1b is not supported/],
    [{ type: 'array', uniqueItems: true }, /"uniqueItems"/],
    [{ type: 'integer', multipleOf: 3 }, /"multipleOf"/],
    [{ patternProperties: { a: {} } }, /"patternProperties"/],
    [{ type: 'text' }, /has no type "text"/],
    [{ type: 'string', format: 'iban' }, /"iban" is not supported; those are: date/],
    [{ type: 'string', pattern: '(?=a)' }, /lookaround/],
    [{ type: 'string', minLength: -1 }, /"minLength" .* whole number/],
    [{ type: 'string', minLength: 1e6 }, /"minLength"/],
    [{ type: 'array', minItems: 1e6 }, /"minItems"/],
    [{ type: 'number', minimum: 'a' }, /"minimum"/],
    [{ type: 'number', minimum: 1e300 }, /"minimum"/],
    [{ type: 'object', minProperties: 2 }, /"minProperties" .* more properties than are named/],
    [{ enum: 'a' }, /"enum" .* not a list/],
    [{ required: [1] }, /"required" .* names/],
    [{ properties: [] }, /"properties" .* not an object/],
    [{ anyOf: [] }, /"anyOf"/],
    [
      { oneOf: [{ type: 'integer' }, { type: 'number' }] },
      /"oneOf" of the schema at # has options that may hold together/,
    ],
    [{ $ref: 'https://example.com/schema.json' }, /"\$ref" .* only "#" and "#\/…" are supported/],
    [{ $ref: '#/$defs/none' }, /points to nothing/],
    [{ $ref: '#/__proto__' }, /points to nothing/],
    [
      { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' },
      /refers to itself/,
    ],
    [{ $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } }, $ref: '#/$defs/a' }, /refers to itself without end/],
    [{ type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }, /never ends/],
    [false, /contradicts itself/],
    [{ type: 'integer', minimum: 2, maximum: 1 }, /contradicts itself/],
    [{ type: 'string', minLength: 3, maxLength: 2 }, /contradicts itself/],
    [{ allOf: [{ type: 'string' }, { type: 'integer' }] }, /contradicts itself/],
    [{ type: 'object', properties: { a: false }, required: ['a'] }, /contradicts itself/],
    ['{}', /not an object or a boolean/],
  ])('%#', (source, message) => {
    expect(() => compile(source)).toThrow(ConstraintError);
    expect(() => compile(source)).toThrow(message);
  });
});

describe('hostile schemas are refused or compiled, quickly', () => {
  const deep = (levels: number): object => (levels === 0 ? {} : { type: 'array', items: deep(levels - 1) });
  const wide = (size: number) =>
    Object.fromEntries(Array.from({ length: size }, (_, i) => [`name_${i}`, { type: 'string' }]));
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [
      `d${i}`,
      i === 0
        ? { type: 'null' }
        : {
            type: 'object',
            properties: { a: { $ref: `#/$defs/d${i - 1}` }, b: { $ref: `#/$defs/d${i - 1}` } },
          },
    ]),
  );
  const products = {
    allOf: Array.from({ length: 30 }, (_, i) => ({ anyOf: [{ minLength: i }, { maxLength: i + 50 }] })),
  };

  test.each<[string, unknown, RegExp | undefined]>([
    ['deep nesting', deep(500), /nested deeper than 64/],
    [
      'a value without bottom',
      { const: JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) },
      /nested too deep/,
    ],
    ['references that double', { $defs: doubling, $ref: '#/$defs/d39' }, undefined],
    ['alternatives that multiply', products, /too large/],
    [
      'a large object',
      { type: 'object', properties: wide(300), required: Object.keys(wide(300)) },
      undefined,
    ],
    ['a huge object', { type: 'object', properties: wide(30_000) }, /too large/],
    ['a large enumeration', { enum: Array.from({ length: 1000 }, (_, i) => `value ${i}`) }, undefined],
    ['long bounds', { type: 'array', items: { type: 'array', maxItems: 1e9 }, maxItems: 1e9 }, undefined],
    [
      'names of Object',
      JSON.parse(
        '{"type":"object","properties":{"__proto__":{"type":"null"}},"required":["__proto__","toString"]}',
      ),
      undefined,
    ],
  ])('%s', (_, source, message) => {
    if (message) expect(() => compile(source)).toThrow(message);
    else expect(compile(source).start().shortestCompletion()).toBeGreaterThan(1);
  });
});
