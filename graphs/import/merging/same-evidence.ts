import type { Evidence } from '../../pathway-graph.ts';

/** The same for evidences that differ in their citations at most. */
export function keyOfEvidence({
  source,
  type,
  subtypes,
  sign,
  signBasis,
  process,
  licence,
}: Evidence): string {
  return [source, type, subtypes.join('\u0001'), sign, signBasis ?? '', process ?? '', licence ?? ''].join(
    '\u0002',
  );
}
