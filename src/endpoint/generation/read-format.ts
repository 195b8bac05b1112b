import type { ConstraintSpec } from '../../engine/constraint/constraint.ts';
import { badRequest } from '../api-error.ts';
import type { GenerationBody } from './generation-schema.ts';

/** A format that a body asks for, and the field that asks. */
export interface AskedFormat {
  spec: ConstraintSpec;
  param: string;
}

/**
 * The one format that a body asks its text to have; undefined for free text. Throws `ApiError` where it asks for
 * several, for one that is not known, or for a reply that never ends by itself as well.
 */
export function readFormat(body: GenerationBody): AskedFormat | undefined {
  const asked = [...fromResponseFormat(body), ...fromStructuredOutputs(body), ...fromGrammar(body)];
  if (asked.length > 1) {
    const fields = asked.map(({ param }) => param).join(' and ');
    throw badRequest(
      `${fields} contradict each other; ask for one format.`,
      asked[1]!.param,
      'contradiction',
    );
  }
  const [format] = asked;
  if (format && body.ignore_eos) {
    throw badRequest(`ignore_eos: contradicts ${format.param}, whose text has an end.`, 'ignore_eos');
  }
  return format;
}

function fromResponseFormat({ response_format: format }: GenerationBody): AskedFormat[] {
  const param = 'response_format';
  switch (format?.type) {
    case 'json_object':
      return [{ spec: { kind: 'json' }, param }];
    case 'json_schema': {
      const { schema } = format.json_schema as { schema?: unknown };
      if (schema !== undefined && schema !== null) return [{ spec: { kind: 'schema', schema }, param }];
      throw badRequest(
        'response_format.json_schema.schema: is missing.',
        'response_format.json_schema.schema',
      );
    }
    default:
      return [];
  }
}

function fromStructuredOutputs({ structured_outputs: asked }: GenerationBody): AskedFormat[] {
  if (!asked) return [];
  const formats: AskedFormat[] = [];
  const add = (name: string, spec: ConstraintSpec) =>
    formats.push({ spec, param: `structured_outputs.${name}` });
  if (asked.choice) add('choice', { kind: 'choice', choices: asked.choice });
  if (asked.regex) add('regex', { kind: 'regex', pattern: asked.regex });
  if (asked.grammar) add('grammar', { kind: 'grammar', grammar: asked.grammar });
  if (asked.json !== undefined && asked.json !== null)
    add('json', { kind: 'schema', schema: readSchema(asked.json) });
  if (asked.json_object) add('json_object', { kind: 'json' });
  if (formats.length > 0) return formats;
  const known = 'choice, regex, grammar, json or json_object';
  throw badRequest(`structured_outputs: asks for none of ${known}.`, 'structured_outputs');
}

/** vLLM takes a schema as text too. */
function readSchema(json: unknown): unknown {
  if (typeof json !== 'string') return json;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw badRequest('structured_outputs.json: is not JSON.', 'structured_outputs.json', 'invalid_json');
  }
}

function fromGrammar({ grammar }: GenerationBody): AskedFormat[] {
  return grammar ? [{ spec: { kind: 'grammar', grammar }, param: 'grammar' }] : [];
}
