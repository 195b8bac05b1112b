/** One thing that a model declares, with what its annotation says it is. */
export interface SbmlEntity {
  id: string;
  name: string;
  compartment: string | undefined;
  sboTerm: string | undefined;
  hasFormula: boolean;
  /** Addresses by qualifier: `is`, `isEncodedBy`, `isDescribedBy`, … */
  annotations: Annotations;
  line: number;
}

export type Annotations = Map<string, string[]>;

export interface SbmlReaction {
  id: string;
  name: string;
  isReversible: boolean;
  lowerBound: string | undefined;
  upperBound: string | undefined;
  reactants: string[];
  products: string[];
  modifiers: { species: string; sboTerm: string | undefined }[];
  geneProducts: string[];
  annotations: Annotations;
  line: number;
}

/** A step of a qualitative model: what sets the level of what. */
export interface SbmlTransition {
  inputs: { species: string; sign: string | undefined }[];
  outputs: string[];
  annotations: Annotations;
}

export interface SbmlModel {
  id: string;
  name: string;
  /** Flux balance models that promise a bound on both sides of every reaction. */
  isStrict: boolean;
  annotations: Annotations;
  compartments: Set<string>;
  parameters: Map<string, number>;
  species: SbmlEntity[];
  geneProducts: SbmlEntity[];
  reactions: SbmlReaction[];
  groups: { id: string; name: string; members: string[] }[];
  transitions: SbmlTransition[];
}
