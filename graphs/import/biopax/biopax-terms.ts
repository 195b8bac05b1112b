/** Level 2's names of properties beside level 3's; read only what a graph needs. */
const level2Properties: ReadonlyMap<string, string> = new Map(
  Object.entries({
    LEFT: 'left',
    RIGHT: 'right',
    CONTROLLER: 'controller',
    CONTROLLED: 'controlled',
    COFACTOR: 'cofactor',
    PARTICIPANTS: 'participant',
    COMPONENTS: 'component',
    'PHYSICAL-ENTITY': 'physicalEntity',
    ORGANISM: 'organism',
    'TAXON-XREF': 'xref',
    XREF: 'xref',
    EVIDENCE: 'evidence',
    'DATA-SOURCE': 'dataSource',
    'PATHWAY-COMPONENTS': 'pathwayComponent',
    'STEP-INTERACTIONS': 'stepProcess',
    'CONTROL-TYPE': 'controlType',
    DIRECTION: 'catalysisDirection',
    SPONTANEOUS: 'spontaneous',
    'SHORT-NAME': 'displayName',
    NAME: 'standardName',
    SYNONYMS: 'name',
    DB: 'db',
    ID: 'id',
    AVAILABILITY: 'availability',
  }),
);

/** What objects point to, and the few words that decide a direction or a sign. The first reading keeps these. */
const structure = new Set(
  (
    'left right controller controlled cofactor participant component physicalEntity organism xref evidence ' +
    'dataSource pathwayComponent pathwayOrder stepProcess stepConversion memberPhysicalEntity entityReference ' +
    'memberEntityReference product template controlType conversionDirection catalysisDirection stepDirection ' +
    'spontaneous'
  ).split(' '),
);

/** What objects are called. The second reading keeps these. */
const texts = new Set('displayName standardName name db id availability'.split(' '));

export function propertyName(name: string): string {
  return level2Properties.get(name) ?? name;
}

export const isStructure = (property: string): boolean => structure.has(propertyName(property));
export const isText = (property: string): boolean => texts.has(propertyName(property));

/** What an object is to us. Everything else of BioPAX (features, stoichiometry, structures) is passed over. */
export type BioPaxKind =
  | 'entity'
  | 'participant'
  | 'reference'
  | 'conversion'
  | 'control'
  | 'expression'
  | 'interaction'
  | 'pathway'
  | 'step'
  | 'species'
  | 'evidence'
  | 'source';

const kinds: ReadonlyMap<string, BioPaxKind> = new Map(
  Object.entries({
    entity: 'PhysicalEntity Protein Complex SmallMolecule Dna Rna DnaRegion RnaRegion Gene',
    participant: 'PhysicalEntityParticipant SequenceParticipant',
    reference:
      'EntityReference ProteinReference SmallMoleculeReference DnaReference RnaReference DnaRegionReference RnaRegionReference',
    conversion:
      'Conversion BiochemicalReaction ComplexAssembly Degradation Transport TransportWithBiochemicalReaction',
    control: 'Control Catalysis Modulation TemplateReactionRegulation',
    expression: 'TemplateReaction',
    interaction: 'Interaction MolecularInteraction PhysicalInteraction GeneticInteraction',
    pathway: 'Pathway',
    step: 'PathwayStep BiochemicalPathwayStep',
    species: 'BioSource',
    evidence: 'Evidence',
    source: 'Provenance DataSource',
  } satisfies Record<BioPaxKind, string>).flatMap(([kind, types]) =>
    types.split(' ').map((type) => [type, kind as BioPaxKind] as const),
  ),
);

/** `unificationXref` and `UnificationXref` are one class at two levels. */
export function typeName(type: string): string {
  return type.charAt(0).toUpperCase() + type.slice(1);
}

export function kindOfType(type: string): BioPaxKind | undefined {
  return kinds.get(type);
}

/** How a relation that an object of this class states is called. */
const relationTypes: Readonly<Record<string, string>> = {
  Catalysis: 'catalysis',
  Modulation: 'modulation',
  TemplateReactionRegulation: 'expression control',
  Control: 'control',
  ComplexAssembly: 'complex assembly',
  Degradation: 'degradation',
  Transport: 'transport',
  TransportWithBiochemicalReaction: 'transport',
  TemplateReaction: 'expression',
  MolecularInteraction: 'binding',
  PhysicalInteraction: 'binding',
  GeneticInteraction: 'genetic interaction',
  Interaction: 'interaction',
};

export function relationType(type: string): string {
  return relationTypes[type] ?? 'conversion';
}
