/** What must not be: non-commercial, academic or research use only. */
const restricted = /\bNC\b|non-?\s?commercial|academic|research (use )?only|needs a licence|all rights/i;
const free =
  /\bCC0\b|\bCC[- ]?BY\b|creative commons (zero|attribution)|public domain|\bPDDL\b|\bODC[- ]?By\b|\bODbL\b|\bMIT\b|\bApache\b|\bBSD\b|\bunlicen[sc]e\b/i;

/** Whether a licence is known to allow commercial use. An unknown or absent one is not. */
export function allowsCommercialUse(licence: string | undefined): boolean {
  return licence !== undefined && !restricted.test(licence) && free.test(licence);
}
