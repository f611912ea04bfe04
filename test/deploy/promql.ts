/** The metrics and labels of a PromQL expression, parsed with Prometheus's grammar. Finds syntax errors, not type errors. */
import { parser } from '@prometheus-io/lezer-promql';

type Node = ReturnType<typeof parser.parse>['topNode'];

export interface Selector {
  readonly metric: string;
  /** By label: the operator and the quoted value, as written. */
  readonly matchers: Readonly<Record<string, string>>;
  /** Functions around it, the nearest first. */
  readonly functions: readonly string[];
}

export interface Promql {
  /** Where it cannot be parsed; empty when it can. */
  readonly errors: readonly string[];
  readonly selectors: readonly Selector[];
  /** Labels that it groups or joins by. */
  readonly groupedBy: readonly string[];
}

export function readPromql(text: string): Promql {
  const errors: string[] = [];
  const selectors: Selector[] = [];
  const groupedBy: string[] = [];
  const textOf = ({ from, to }: Pick<Node, 'from' | 'to'>): string => text.slice(from, to);
  parser.parse(text).iterate({
    enter({ type, node }) {
      if (type.isError) errors.push(`at ${node.from}: ${text.slice(node.from, node.from + 30)}`);
      else if (type.name === 'VectorSelector') selectors.push(selectorOf(node, textOf));
      else if (type.name === 'GroupingLabels') groupedBy.push(...node.getChildren('LabelName').map(textOf));
    },
  });
  return { errors, selectors, groupedBy };
}

function selectorOf(node: Node, textOf: (node: Node) => string): Selector {
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map(
    (matcher): [string, string] => {
      const name = matcher.getChild('LabelName');
      const label = name === null ? '' : textOf(name);
      return [label, textOf(matcher).slice(label.length).trim()];
    },
  );
  const functions: string[] = [];
  for (let above = node.parent; above !== null; above = above.parent) {
    const name = above.name === 'FunctionCall' ? above.getChild('FunctionIdentifier') : null;
    if (name !== null) functions.push(textOf(name));
  }
  return {
    metric: textOf(node.getChild('Identifier') ?? node),
    matchers: Object.fromEntries(matchers),
    functions,
  };
}
