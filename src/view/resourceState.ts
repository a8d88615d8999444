import type { NodeKey } from '../graph/model/model';
import type { ResourceLayer } from '../graph/model/resourceLayer';
import type { ResourceNode } from '../graph/model/resources';
import type { ItemContextValue } from './ids';
import type { Shape, Tone } from './nodeShape';
import { nameIn, type NodeContext } from './nodeState';
import type { DisplayText } from './text/format';
import { operationText, outcomeText } from './text/outcome';
import { knownSizeText, resourceDetails, resourceName, resourceTraits, usedByText } from './text/resources';
import { kindText } from './text/state';

/** The presentation of a volume, network or image, from which the tree and the graph panel render it. */
interface ResourceState {
  readonly name: DisplayText;
  readonly shape: Shape;
  readonly tone: Tone;
  /** The running operation or the last failure. */
  readonly detail: string | undefined;
  /** `bridge`, `120 MB` */
  readonly traits: readonly string[];
  /** `used by 3` */
  readonly use: string;
  /** The lines of a hover. */
  readonly lines: readonly string[];
  readonly ariaLabel: string;
  readonly contextValues: readonly ItemContextValue[];
}

export function buildResourceState(node: ResourceNode, layer: ResourceLayer, context: NodeContext): ResourceState {
  const nameOf = (key: NodeKey) => nameIn(context.graph, key);
  const users = layer.users.get(node.key) ?? [];
  const operation = context.operationOf(node.key);
  const failure = operation ? undefined : context.failureOf(node.key);
  const detail = operation
    ? operationText(operation, context.now(), users.length > 0, nameOf, (key) => context.graph.container(key))
    : failure && outcomeText(failure.outcome, nameOf, failure.action);
  const traits = [...resourceTraits(node), ...knownSizeText(node, layer)];
  const [name, use] = [resourceName(node), usedByText(users.length)];
  return {
    name,
    shape: operation ? 'removing' : failure ? 'failed' : node.kind,
    tone: operation ? 'warn' : failure ? 'bad' : 'muted',
    detail,
    traits,
    use,
    lines: [detail ?? '', ...resourceDetails(node, layer, nameOf, context.now())].filter(Boolean),
    ariaLabel: [kindText(node.kind), name, detail, ...traits, use].filter(Boolean).join(', '),
    contextValues: resourceContextValues(node, { ...context, layer }),
  };
}

/** Values of `viewItem` that the menus in package.json test. */
export function resourceContextValues(
  node: ResourceNode,
  {
    layer,
    operationOf,
    failureOf,
  }: Pick<NodeContext, 'operationOf' | 'failureOf'> & {
    readonly layer: ResourceLayer | undefined;
  },
): ItemContextValue[] {
  const values: ItemContextValue[] = [node.kind];
  if (layer?.users.has(node.key)) values.push('hasDependents');
  if (failureOf(node.key)) values.push('failed');
  if (operationOf(node.key)) values.push('busy');
  else if (node.kind !== 'network' || !node.isDefault) values.push('removable');
  return values;
}
