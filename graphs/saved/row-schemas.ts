import { z } from 'zod';
import { signSchema } from '../../src/run.ts';
import { type EdgeAttributes, type Entry, type NodeAttributes, nodeKinds } from '../pathway-graph.ts';

// Loose: a field that a format's reader adds is kept without being told here.

const texts = z.array(z.string());

export const entrySchema: z.ZodType<Entry> = z.record(z.string(), texts);

export const nodeSchema = z.looseObject({
  entities: z.array(z.looseObject({ id: z.string(), names: texts })),
  names: texts,
  label: z.string(),
  kind: z.enum(nodeKinds),
  xrefs: z.record(z.string(), z.string()),
}) satisfies z.ZodType<NodeAttributes>;

export const edgeSchema = z.looseObject({
  type: z.string(),
  subtypes: texts,
  sign: signSchema,
  processes: z.array(z.looseObject({ id: z.string(), name: z.string() })),
  evidences: z.array(
    z.looseObject({
      source: z.string(),
      type: z.string(),
      subtypes: texts,
      sign: signSchema,
      process: z.string().optional(),
      pmids: texts,
      licence: z.string().optional(),
    }),
  ),
}) as unknown as z.ZodType<EdgeAttributes>;
