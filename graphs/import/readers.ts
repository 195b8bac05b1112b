import type { Format } from './detect.ts';
import { readBioPax } from './read-biopax.ts';
import { readCx } from './read-cx.ts';
import { readCx2 } from './read-cx2.ts';
import { readGml } from './read-gml.ts';
import { readGpml } from './read-gpml.ts';
import { readGraphml } from './read-graphml.ts';
import { readKgml } from './read-kgml.ts';
import { readOmnipath } from './read-omnipath.ts';
import { readSbml } from './read-sbml.ts';
import { readSif } from './read-sif.ts';
import { readSignor, readSignorComplexes } from './read-signor.ts';
import { readStored } from './read-stored.ts';
import { readTables } from './read-tables.ts';
import type { StatementReader } from './statement.ts';

/** The reader of each format. */
export const readers: Readonly<Record<Format, StatementReader>> = {
  biopax: readBioPax,
  cx: readCx,
  cx2: readCx2,
  gml: readGml,
  graphml: readGraphml,
  gpml: readGpml,
  kgml: readKgml,
  omnipath: readOmnipath,
  'pathact-json': readStored,
  'pathact-stored': readStored,
  'pathact-tables': readTables,
  sbml: readSbml,
  sif: readSif,
  signor: readSignor,
  'signor-complexes': readSignorComplexes,
};
