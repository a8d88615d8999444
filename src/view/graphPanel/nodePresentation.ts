import { l10n } from 'vscode';
import type { SceneBox } from '../../graph/layout/scene';
import type { ContainerGraph } from '../../graph/model/graph';
import type { ContainerNode, GraphNode, NodeKey } from '../../graph/model/model';
import type { ResourceLayer } from '../../graph/model/resourceLayer';
import type { ResourceKind, ResourceNode } from '../../graph/model/resources';
import { groupContextValues } from '../contextValues';
import { buildNodeState, groupState, nameIn, type NodeContext } from '../nodeState';
import { countText, imageName, plainText, podsAndContainers, summarizeNames } from '../text/format';
import { lastCheckText } from '../text/health';
import { edgeText } from '../text/paths';
import { unusedText } from '../text/resources';
import { groupTitle } from '../text/state';
import { buildResourceState } from '../resourceState';
import type { NodePresentation } from './messages';

/** Dependents, and dependencies, named in an aria label. */
const maxNames = 6;

export function presentNode(node: GraphNode, context: NodeContext): NodePresentation {
  const { graph } = context;
  const { name, shape, tone, state, isPlain, detail, isProtected, ...rest } = buildNodeState(node, context);
  const related = relations(node, rest.dependents, graph);
  return {
    key: node.key,
    label: name,
    status: detail ?? (isPlain || node.kind === 'pod' ? '' : state),
    subtitle: detail === undefined ? (node.kind === 'pod' ? state : imageName(node.image)) : '',
    ports: portsLabel(node, graph),
    details: [
      [detail ?? state, isProtected ? l10n.t('protected') : ''].filter(Boolean).join(' · '),
      ...(node.kind === 'container' ? containerDetails(node) : []),
      ...related,
    ].filter(Boolean),
    shape,
    tone,
    isProtected,
    health: node.kind === 'container' ? node.health : undefined,
    ariaLabel: [...rest.ariaParts, ...related].join(', '),
    contextValues: rest.contextValues.join(' '),
    nodes: [node.key],
    isContext: false,
    isRemoved: false,
  };
}

function containerDetails({ image, ports, health, lastCheck, details }: ContainerNode): string[] {
  const volumes = details?.namedVolumes ?? [];
  return [
    health === 'unhealthy' && lastCheck ? lastCheckText(lastCheck) : '',
    plainText(image),
    ...ports.map((port) => plainText(port)),
    volumes.length > 0 ? l10n.t('volumes {0}', summarizeNames(volumes.map(plainText), maxNames)) : '',
  ];
}

/** Published ports of a container or a pod: `:8080`, `:80 +2`. */
function portsLabel(node: GraphNode, graph: ContainerGraph): string {
  // Members list the ports of their pod's infra container.
  const owner = node.kind === 'pod' ? graph.infraOf(node.key) : node.pod ? undefined : node;
  const published = new Set(owner?.ports.flatMap((port) => /:([\d-]+) ->/.exec(port)?.[1] ?? []));
  const [first] = published;
  if (first === undefined) return '';
  return published.size === 1 ? `:${first}` : `:${first} +${published.size - 1}`;
}

function relations(node: GraphNode, dependents: readonly NodeKey[], graph: ContainerGraph): string[] {
  const pod = node.kind === 'container' ? node.pod : undefined;
  const dependencies = graph.dependencies(node.key).filter(({ to }) => to !== pod);
  const texts = dependencies.slice(0, maxNames).map((edge) => edgeText(edge, nameIn(graph, edge.to)));
  if (dependents.length > 0) {
    const names = dependents.map((key) => nameIn(graph, key)).sort();
    texts.push(l10n.t('required by {0}', summarizeNames(names, maxNames)));
  }
  return texts;
}

const emptyPresentation = {
  status: '',
  ports: '',
  tone: 'muted',
  isProtected: false,
  health: undefined,
  contextValues: '',
  nodes: [],
  isContext: false,
  isRemoved: false,
} as const;

/** A volume, network or image. */
export function presentResource(node: ResourceNode, layer: ResourceLayer, context: NodeContext): NodePresentation {
  const { name, shape, tone, detail, use, lines, ariaLabel, contextValues } = buildResourceState(node, layer, context);
  return {
    ...emptyPresentation,
    key: node.key,
    label: name,
    status: detail ?? '',
    subtitle: use,
    details: lines,
    shape,
    tone,
    ariaLabel,
    contextValues: contextValues.join(' '),
    nodes: [node.key],
  };
}

/** A box that is not a pod. */
export function presentBox(box: SceneBox, context: NodeContext, layer: ResourceLayer | undefined): NodePresentation {
  return box.kind === 'resources' ? presentResources(box, layer) : presentGroup(box, context);
}

/** Represents no nodes: no action applies to all resources of a kind. */
function presentResources(box: SceneBox, layer: ResourceLayer | undefined): NodePresentation {
  const { members } = box;
  const label = boxLabel(box);
  const unused = unusedText(members.filter((key) => !layer?.users.has(key)).length);
  const parts = [countText(members.length), unused].filter(Boolean);
  return {
    ...emptyPresentation,
    key: box.id,
    label,
    subtitle: parts.join(' · '),
    details: [parts.join(' · ')],
    shape: box.name as ResourceKind,
    ariaLabel: [label, ...parts].join(', '),
  };
}

function presentGroup(box: SceneBox, context: NodeContext): NodePresentation {
  const members = box.members.flatMap((key) => context.graph.container(key) ?? []);
  const state = groupState(members);
  const busy = box.members.filter((key) => context.operationOf(key)).length;
  const failed = box.members.filter((key) => context.failureOf(key)).length;
  const parts = [podsAndContainers(0, members.length), state.text];
  const warnings = [
    ...(busy > 0 ? [l10n.t('{0} being removed', busy)] : []),
    ...(failed > 0 ? [l10n.t('{0} not removed', failed)] : []),
  ];
  const label = boxLabel(box);
  return {
    ...emptyPresentation,
    key: box.id,
    label,
    status: warnings.join(' · '),
    subtitle: parts.join(' · '),
    details: [[...parts, ...warnings].join(' · ')],
    shape: busy > 0 ? 'removing' : failed > 0 ? 'failed' : 'box',
    tone: busy > 0 ? 'warn' : failed > 0 ? 'bad' : state.tone,
    ariaLabel: [label, boxKindText(box), ...parts, ...warnings].filter(Boolean).join(', '),
    contextValues: [...groupContextValues(members, context), ...(box.kind === 'project' ? ['project'] : [])].join(' '),
    nodes: box.members,
  };
}

export function boxLabel({ kind, name, members }: SceneBox): string {
  switch (kind) {
    case 'pod':
    case 'project':
    case 'application':
      return plainText(name);
    case 'cluster':
      return l10n.t('{0} and related nodes', plainText(name));
    case 'ungrouped':
      return l10n.t('{0} and {1} other unconnected nodes', plainText(name), members.length - 1);
    case 'resources':
      return groupTitle({ by: 'resource', name });
  }
}

function boxKindText({ kind }: SceneBox): string | undefined {
  if (kind === 'application') return l10n.t('Quadlet application');
  return kind === 'project' ? l10n.t('compose project') : undefined;
}

/** A node with the filter applied, as in the tree: a box acts on its matches, and is context without any. */
export function applyMatches(presentation: NodePresentation, isMatch: (key: NodeKey) => boolean): NodePresentation {
  const matches = presentation.nodes.filter((key) => isMatch(key as NodeKey));
  if (matches.length > 0) return { ...presentation, nodes: matches };
  const ariaLabel = l10n.t("{0}, doesn't match the filter", presentation.ariaLabel);
  return { ...presentation, ariaLabel, isContext: true };
}

/** A removed node, from its last presentation. */
export function presentRemoved(presentation: NodePresentation): NodePresentation {
  const status = l10n.t('removed');
  return {
    ...presentation,
    status,
    subtitle: '',
    ports: '',
    health: undefined,
    details: [status],
    shape: 'removed',
    tone: 'muted',
    ariaLabel: `${presentation.label}, ${status}`,
    contextValues: '',
    isRemoved: true,
  };
}

export function isSamePresentation(a: NodePresentation, b: NodePresentation): boolean {
  return (
    a.label === b.label &&
    a.status === b.status &&
    a.subtitle === b.subtitle &&
    a.ports === b.ports &&
    a.details.join('\n') === b.details.join('\n') &&
    a.shape === b.shape &&
    a.tone === b.tone &&
    a.ariaLabel === b.ariaLabel &&
    a.contextValues === b.contextValues &&
    a.nodes.length === b.nodes.length &&
    a.isProtected === b.isProtected &&
    a.isContext === b.isContext &&
    a.health === b.health
  );
}
