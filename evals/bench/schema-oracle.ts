import { MissingError } from '../../src/errors.ts';

/** Says what is wrong with a value under a JSON Schema; undefined where it is valid. */
export type SchemaOracle = (schema: Record<string, unknown>, value: unknown) => string | undefined;

/** A validator that is not ours: ajv with its formats. Throws `MissingError` where it is not installed. */
export async function loadSchemaOracle(): Promise<SchemaOracle> {
  const [{ Ajv2020 }, formats] = await Promise.all([import('ajv/dist/2020.js'), import('ajv-formats')]).catch(
    (cause) => {
      throw new MissingError('the validator that replies are checked with is not installed', {
        hint: 'Install it: npm install ajv ajv-formats.',
        cause,
      });
    },
  );
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  formats.default.default(ajv);
  return (schema, value) => (ajv.validate(schema, value) ? undefined : ajv.errorsText());
}
