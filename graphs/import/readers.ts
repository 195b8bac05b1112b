import type { Format } from './detect.ts';
import { readGpml } from './read-gpml.ts';
import { readGraphml } from './read-graphml.ts';
import { readKgml } from './read-kgml.ts';
import { readOmnipath } from './read-omnipath.ts';
import { readSif } from './read-sif.ts';
import { readSignor, readSignorComplexes } from './read-signor.ts';
import { readStored } from './read-stored.ts';
import { readTables } from './read-tables.ts';
import type { StatementReader } from './statement.ts';

/** The reader of each format. A format that is recognised and has none fails by its name. */
export const readers: Readonly<Partial<Record<Format, StatementReader>>> = {
  graphml: readGraphml,
  gpml: readGpml,
  kgml: readKgml,
  omnipath: readOmnipath,
  'pathact-json': readStored,
  'pathact-stored': readStored,
  'pathact-tables': readTables,
  sif: readSif,
  signor: readSignor,
  'signor-complexes': readSignorComplexes,
};
