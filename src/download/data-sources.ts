import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { MalformedFileError } from '../errors.ts';

/** A plain file name: nothing in the list can point outside a source's own folder. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
const webAddress = z.string().regex(/^https?:\/\//);

const dataFileSchema = z.strictObject({
  name: fileName,
  url: webAddress,
  /** Where the publisher puts a date into the name: `url` is a listing, and the last name in it that matches is taken. */
  latest: z.string().optional(),
  /** Null where the publisher writes the file anew from time to time: what came is recorded, and told when it changes. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** Made as it is asked for: slow to begin, and of no size that the server knows. */
  generated: z.boolean().default(false),
  /** Roughly, for the list. */
  aboutBytes: z.number().int().positive(),
  /** A zip archive of which the members that match this expression are kept, in this folder. */
  unpack: z.strictObject({ members: z.string(), folder: fileName }).optional(),
});
export type DataFile = z.infer<typeof dataFileSchema>;

export const dataSourceSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string(),
  /** What it is here for. */
  use: z.string(),
  homepage: webAddress,
  licence: z.string(),
  licenceUrl: webAddress,
  /** What the licence asks a user to do, and whom to cite. */
  notice: z.string(),
  files: z.array(dataFileSchema).min(1),
});
export type DataSource = z.infer<typeof dataSourceSchema>;

const listSchema = z.strictObject({ sources: z.array(dataSourceSchema).min(1) });

/** Reads a list of data sources such as data/sources.json. Throws `MalformedFileError`. */
export function readDataSources(file: string): DataSource[] {
  try {
    return listSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).sources;
  } catch (cause) {
    throw new MalformedFileError(`${file} is not a list of data sources`, {
      hint: 'It has the shape of data/sources.json, which belongs to the package.',
      cause,
    });
  }
}
