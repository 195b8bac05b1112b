/** Elements of BioPAX level 3 in a document of their own. */
export function level3(elements: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:bp="http://www.biopax.org/release/biopax-level3.owl#"
  xmlns:owl="http://www.w3.org/2002/07/owl#" xml:base="http://example.org/model">
<owl:Ontology rdf:about=""><owl:imports rdf:resource="http://www.biopax.org/release/biopax-level3.owl#"/></owl:Ontology>
${elements}
</rdf:RDF>`;
}

export function level2(elements: string): string {
  return level3(elements).replaceAll('biopax-level3', 'biopax-level2');
}

/** One element: properties are references where they begin with `#`, else texts. */
export function element(
  type: string,
  id: string,
  properties: Record<string, string | string[]> = {},
): string {
  const lines = Object.entries(properties).flatMap(([name, values]) =>
    [values].flat().map((value) => {
      return value.startsWith('#')
        ? `  <bp:${name} rdf:resource="${value}"/>`
        : `  <bp:${name}>${value}</bp:${name}>`;
    }),
  );
  return `<bp:${type} rdf:ID="${id}">\n${lines.join('\n')}\n</bp:${type}>`;
}

export const protein = (id: string, properties: Record<string, string | string[]> = {}) =>
  element('Protein', id, { displayName: id, ...properties });
export const compound = (id: string) => element('SmallMolecule', id, { displayName: id });
