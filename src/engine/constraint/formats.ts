/**
 * `format` of strings, as patterns: each matches only texts of that format, most of those in use, not all (dates have
 * months of 28 days at least; addresses are plain ASCII).
 */
const date =
  '[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)';
const clock = '(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?';
const zone = '(?:[zZ]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])';
const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?';
const hostname = `${label}(?:\\.${label}){0,4}`;
const uri = `(?:https?|ftp)://${hostname}(?::[1-9][0-9]{0,3})?(?:/[a-zA-Z0-9._~!$&'()*+,;=:@-]*)*(?:\\?[a-zA-Z0-9._~!$&'()*+,;=:@/?-]*)?(?:#[a-zA-Z0-9._~!$&'()*+,;=:@/?-]*)?`;
const hex16 = '[0-9a-fA-F]{1,4}';

export const stringFormats: Readonly<Record<string, string>> = {
  date,
  time: `${clock}${zone}`,
  'date-time': `${date}[tT]${clock}${zone}`,
  uuid: '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}',
  email: `[a-zA-Z0-9_+-]+(?:\\.[a-zA-Z0-9_+-]+)*@${label}(?:\\.${label}){1,4}`,
  ipv4: `${byte}(?:\\.${byte}){3}`,
  ipv6: `(?:${hex16}:){7}${hex16}`,
  hostname,
  uri,
  'uri-reference': uri,
};

/** Formats that say how a value is stored, not which are valid. */
export const storageFormats: ReadonlySet<string> = new Set([
  'int32',
  'int64',
  'float',
  'double',
  'decimal',
  'password',
  'binary',
  'textarea',
]);
