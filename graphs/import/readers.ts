import { readBioPax } from './biopax/read-biopax.ts';
import type { Format } from './detect.ts';
import { readCx } from './networks/read-cx.ts';
import { readCx2 } from './networks/read-cx2.ts';
import { readGml } from './networks/read-gml.ts';
import { readGraphml } from './networks/read-graphml.ts';
import { readSif } from './networks/read-sif.ts';
import { readStored } from './networks/read-stored.ts';
import { readGpml } from './pathway-maps/read-gpml.ts';
import { readKgml } from './pathway-maps/read-kgml.ts';
import { readSbml } from './sbml/read-sbml.ts';
import type { StatementReader } from './statement.ts';
import { readOmnipath } from './tables/read-omnipath.ts';
import { readSignor, readSignorComplexes } from './tables/read-signor.ts';
import { readTables } from './tables/read-tables.ts';

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
