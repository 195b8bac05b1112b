import { expect, test } from 'vitest';
import { readBioPax } from '../../../graphs/import/biopax/read-biopax.ts';
import { readCx } from '../../../graphs/import/networks/read-cx.ts';
import { readCx2 } from '../../../graphs/import/networks/read-cx2.ts';
import { readGml } from '../../../graphs/import/networks/read-gml.ts';
import { readSbml } from '../../../graphs/import/sbml/read-sbml.ts';
import type { StatementReader } from '../../../graphs/import/statement.ts';
import { MalformedFileError } from '../../../src/errors.ts';
import { lacksSharedData, sharedData } from '../../helpers/shared-data.ts';
import { type Collected, collect } from './collect.ts';

interface Expected {
  nodes: number;
  /** By sign. */
  relations: Partial<Record<'+' | '-' | '0', number>>;
  dropped?: Record<string, number>;
  warnings?: string[];
}

const sideCompounds = 'compounds beside the macromolecules of a reaction';

/** What each file of the collection comes to, or the error it ends in. */
const files: [reader: StatementReader, file: string, expected: Expected | RegExp][] = [
  [
    readBioPax,
    'biopax/AR-TP53.owl',
    { nodes: 32, relations: { '0': 6, '+': 6 }, dropped: { [sideCompounds]: 2 } },
  ],
  [readBioPax, 'biopax/UreaCycle.owl', { nodes: 50, relations: { '0': 34, '+': 28 } }],
  [readBioPax, 'biopax/activation.owl', { nodes: 2, relations: { '+': 1 } }],
  [readBioPax, 'biopax/biopax3-short-metabolic-pathway.owl', { nodes: 7, relations: { '0': 5, '+': 3 } }],
  [readBioPax, 'biopax/controlchain.owl', { nodes: 3, relations: { '+': 2 } }],
  [
    readBioPax,
    'biopax/cpath2-INOH_Glycolysis_Gluconeogenesis.owl.gz',
    { nodes: 218, relations: { '0': 351 } },
  ],
  [
    readBioPax,
    'biopax/cpath2-PW000146.owl.gz',
    {
      nodes: 43,
      relations: { '0': 83, '+': 30 },
      dropped: { 'interactions of fewer than two participants': 7 },
    },
  ],
  [readBioPax, 'biopax/demo-pathway.owl', { nodes: 7, relations: { '0': 5, '+': 3 } }],
  [
    readBioPax,
    'biopax/raf_map_kinase_cascade_reactome.owl',
    { nodes: 57, relations: { '0': 21, '+': 9, '-': 1 }, dropped: { [sideCompounds]: 10 } },
  ],
  [
    readBioPax,
    'biopax/signaling-by-bmp.owl',
    {
      nodes: 62,
      relations: { '0': 24, '-': 2, '+': 3 },
      dropped: { [sideCompounds]: 4, 'reactions with one side': 2 },
    },
  ],
  [readSbml, 'sbml/annotation.xml', { nodes: 3, relations: { '0': 2, '+': 1 } }],
  [
    readSbml,
    'sbml/e_coli_core.xml',
    { nodes: 209, relations: { '0': 634, '+': 363 }, dropped: { 'reactions with one side': 20 } },
  ],
  [
    readSbml,
    'sbml/invalid0.xml',
    {
      nodes: 6,
      relations: { '0': 6 },
      warnings: [
        'species in a compartment that the model lacks: 5, the first "M_h2o_c" in line 26',
        'species without a compartment: 1, the first "Please_never_use_this" in line 31',
        'reactions without both flux bounds: 1, the first "R_ATPM" in line 34',
        'flux bounds that are no parameter of the model: 1, the first "fake" in line 34',
      ],
    },
  ],
  [readSbml, 'sbml/invalid1.xml', /invalid1\.xml:32: no reaction is of species that the model defines/],
  [
    readSbml,
    'sbml/invalid2.xml',
    {
      nodes: 6,
      relations: { '0': 9 },
      dropped: { 'references to gene products that the model lacks': 1 },
      warnings: [
        'species in a compartment that the model lacks: 5, the first "M_h2o_c" in line 26',
        'species without a compartment: 1, the first "Please_never_use_this" in line 48',
        'reactions whose lower flux bound is above the upper: 1, the first "R_ATPM" in line 51',
      ],
    },
  ],
  [readSbml, 'sbml/validation.xml', { nodes: 0, relations: {}, warnings: ['a model without reactions'] }],
  [readCx, 'cx/CitationsAndSupports.cx', { nodes: 14, relations: { '0': 5, '+': 24, '-': 8 } }],
  [readCx, 'cx/Signal1.cx', { nodes: 45, relations: { '0': 203, '+': 12 } }],
  [readCx, 'cx/SimpleNetwork.cx', { nodes: 2, relations: { '0': 1 } }],
  [readCx, 'cx/WNT.cx', { nodes: 32, relations: { '-': 19, '+': 55 } }],
  [readCx, 'cx/glypican2.cx', { nodes: 2, relations: { '0': 1 } }],
  [readCx2, 'cx/glypican2.cx2', { nodes: 2, relations: { '0': 1 } }],
  [readCx, 'cx/indra-merged_BRCA1.cx', { nodes: 121, relations: { '0': 739, '+': 9, '-': 6 } }],
  [readCx, 'cx/simple_test.cx', { nodes: 2, relations: { '0': 1 } }],
  [readGml, 'gml/cy2_arrows.gml', { nodes: 4, relations: { '0': 6 } }],
  [readGml, 'gml/example-directed1.gml', { nodes: 3, relations: { '0': 3 } }],
  [readGml, 'gml/example-directed2.gml', { nodes: 3, relations: { '0': 3 } }],
  [readGml, 'gml/example1.gml', { nodes: 3, relations: { '0': 3 } }],
  [readGml, 'gml/galFiltered_old.gml', { nodes: 331, relations: { '0': 362 } }],
  [readGml, 'gml/yed_arrows.gml', { nodes: 4, relations: { '0': 4 } }],
];

test.skipIf(lacksSharedData('pathway-formats')).each(files)('%o reads %s', async (reader, file, expected) => {
  const path = sharedData(`pathway-formats/${file}`);
  const found = await collect(reader(path)).catch((error) => error);
  if (expected instanceof RegExp) {
    expect(found).toBeInstanceOf(MalformedFileError);
    expect(found.message).toMatch(expected);
  } else expect(summary(found)).toEqual({ dropped: {}, warnings: [], ...expected });
});

function summary({ nodes, relations, dropped, warnings }: Collected) {
  const signs: Record<string, number> = {};
  for (const { evidence } of relations) signs[evidence.sign] = (signs[evidence.sign] ?? 0) + 1;
  return { nodes: nodes.length, relations: signs, dropped, warnings };
}

test.skipIf(lacksSharedData('pathway-formats'))(
  'every relation joins two nodes that its file states, and every member is stated',
  async () => {
    for (const [reader, file, expected] of files) {
      if (expected instanceof RegExp) continue;
      const { nodes, relations } = await collect(reader(sharedData(`pathway-formats/${file}`)));
      const ids = new Set(nodes.map(({ id }) => id));
      expect(ids.size).toBe(nodes.length);
      const named = [
        ...relations.flatMap(({ head, tail }) => [head, tail]),
        ...nodes.flatMap(({ members = [] }) => members),
      ];
      expect(named.filter((id) => !ids.has(id))).toEqual([]);
    }
  },
);

test.skipIf(lacksSharedData('pathway-formats'))(
  'Reactome: MEK1 is phosphorylated and inhibits itself again',
  async () => {
    const path = sharedData('pathway-formats/biopax/raf_map_kinase_cascade_reactome.owl');
    const { nodes, relations } = await collect(readBioPax(path));
    const [inhibition] = relations.filter(({ evidence }) => evidence.sign === '-');
    const head = nodes.find(({ id }) => id === inhibition?.head);
    expect(head).toMatchObject({ label: 'MAP2K1', species: '9606' });
    expect(head?.references).toContainEqual({ system: 'uniprot', id: 'Q02750' });
    expect(inhibition).toMatchObject({
      processes: [{ name: 'ERK1 activation' }],
      evidence: { type: 'control', subtypes: ['inhibition'] },
    });
  },
);
