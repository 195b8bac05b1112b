import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { sharedData } from './shared-data.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Checks values against OpenAI's published description of its API. Three things in it are no JSON Schema and are read
 * as what they mean: `nullable: true` (OpenAPI 3.0) allows null, also where an enum does not list it; the format
 * `unixtime` is a whole number; `discriminator` only helps to find the branch of a union, so it is passed over.
 */
export class OpenAiDescription {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });

  constructor() {
    const text = gunzipSync(readFileSync(sharedData('tool-calling/openai-openapi.json.gz'))).toString();
    const { components } = JSON.parse(text) as { components: { schemas: Json } };
    (addFormats as unknown as typeof addFormats.default)(this.#ajv);
    this.#ajv.addFormat('unixtime', { type: 'number', validate: Number.isInteger });
    const schemas = withNulls(components.schemas) as { [name: string]: Json };
    schemas.CompletionChunk = completionChunk(schemas.CreateCompletionResponse!);
    this.#ajv.addSchema({ $id: 'openai', components: { schemas } } as object);
  }

  /** What is wrong with a value; empty where it is valid. */
  problems(schema: string, value: unknown): string[] {
    const validate = this.#ajv.getSchema(`openai#/components/schemas/${schema}`);
    if (!validate) throw new Error(`the description has no schema ${schema}`);
    return validate(value) ? [] : (validate.errors ?? []).map(said);
  }
}

/**
 * The description says that a streamed chunk of a completion has the shape of a whole one, but the API's chunks, and the
 * description's own of a chat, have no reason to finish before the last one and may have null usage.
 */
function completionChunk(whole: Json): Json {
  const chunk = structuredClone(whole) as {
    properties: { usage: Json; choices: { items: { properties: { finish_reason: Json } } } };
  };
  const choice = chunk.properties.choices.items.properties;
  choice.finish_reason = orNull(choice.finish_reason);
  chunk.properties.usage = orNull(chunk.properties.usage);
  return chunk;
}

const orNull = (schema: Json): Json => ({ anyOf: [schema, { type: 'null' }] });

const said = ({ instancePath, message }: ErrorObject) => `${instancePath} ${message}`;

function withNulls(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withNulls);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, discriminator, ...rest } = schema;
  const read = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withNulls(value)]));
  if (typeof discriminator === 'object' && discriminator !== null && !('propertyName' in discriminator))
    read.discriminator = withNulls(discriminator);
  return nullable === true ? orNull(read) : read;
}
