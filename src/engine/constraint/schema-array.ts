import { ConstraintError } from './constraint-error.ts';
import { call, type Expression, type GraphEdge, literal, nothing, Rule, sequence } from './expression.ts';
import { comma } from './json-text.ts';
import type { SchemaCompiler } from './schema.ts';
import type { Keywords } from './schema-keywords.ts';

/** A longer `maxItems` is taken as this: shorter arrays are valid too. */
const MOST_ITEMS = 1000;

/** Arrays as the keywords ask for them. */
export function arrayExpression(keywords: Keywords, compiler: SchemaCompiler): Expression {
  const { prefixItems, minItems, maxItems, path } = keywords;
  if (minItems > MOST_ITEMS)
    throw new ConstraintError(`"minItems" of the schema at ${path} is over ${MOST_ITEMS}`);
  const isEndless = maxItems === Number.POSITIVE_INFINITY;
  const most = Math.min(maxItems, isEndless ? Math.max(minItems, prefixItems.length) : MOST_ITEMS);
  // Point i + 2: i items have come.
  const edges: GraphEdge[] = [{ from: 0, text: literal('['), to: 2 }];
  const itemAt = itemsOf(keywords, compiler);
  for (let count = 0; count <= most; count++) {
    if (count >= minItems) edges.push({ from: count + 2, text: literal(']'), to: 1 });
    const isLast = count === most;
    if (isLast && !isEndless) break;
    const separator = count === 0 ? nothing : comma;
    edges.push({ from: count + 2, text: sequence(separator, itemAt(count)), to: count + 3 });
    if (isLast) edges.push(...endless(count + 3, itemAt(count + 1)));
  }
  return { kind: 'graph', edges };
}

const endless = (point: number, item: Expression): GraphEdge[] => [
  { from: point, text: literal(']'), to: 1 },
  { from: point, text: sequence(comma, item), to: point },
];

/** Items are rules of their own: there may be many of one kind. */
function itemsOf(
  { prefixItems, items, path }: Keywords,
  compiler: SchemaCompiler,
): (index: number) => Expression {
  const rest = ruleOf(
    compiler.expression(items ?? [{ schema: true, path: `${path}/items` }]),
    `${path}/items`,
  );
  const prefix = prefixItems.map((item, i) => ruleOf(compiler.expression(item), `${path}/${i}`));
  return (index) => prefix[index] ?? rest;
}

const ruleOf = (expression: Expression, name: string): Expression =>
  expression.kind === 'rule' ? expression : call(new Rule(name, expression));
