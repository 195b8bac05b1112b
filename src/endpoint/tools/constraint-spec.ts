/** What the text of a reply has to be; the shape that `compileConstraint` of the engine takes. */
export type ConstraintSpec =
  | { kind: 'text'; text: string }
  | { kind: 'json' }
  | { kind: 'schema'; schema: unknown }
  | { kind: 'choice'; choices: readonly string[] }
  | { kind: 'regex'; pattern: string }
  | { kind: 'grammar'; grammar: string }
  | { kind: 'sequence'; parts: readonly ConstraintSpec[] }
  | { kind: 'any-of'; options: readonly ConstraintSpec[] }
  | {
      kind: 'repeat';
      part: ConstraintSpec;
      min: number;
      max?: number | undefined;
      separator?: string | undefined;
    };
