import { l10n } from 'vscode';
import { addToList, type GraphEdge, type NodeKey, type NodeKind } from '../../graph/model/model';
import type { StopTimeout } from '../../graph/model/stopTimeout';
import type { RunEstimate } from '../../graph/plan/estimate';
import { type Action, isDependenciesFirst } from '../../graph/plan/lifecycleAction';
import type { StartCondition, Blocker, Plan, PlannedNode } from '../../graph/plan/plan';
import type { PlanChange } from '../../graph/plan/planChanges';
import { actionText } from './action';
import { atMostText, summarizeNames } from './format';
import { conditionText } from './health';
import { alsoText, pathEdgesText, pathText } from './paths';
import { displayName, type NameOf } from './plan';
import { problemFacts } from './recipes';
import { resourceFacts } from './resources';
import { stateText } from './state';
import { plannedUnitFacts } from './systemd';

/** Maximum number of names in one note. */
const maxNamed = 4;

/** Maximum length of a path; the nodes on a longer path show its rest. */
const maxPathLength = 8;

/** Why a node that was not selected is part of a plan: `requires left → shares net of base`. */
export function inclusionText(planned: PlannedNode, plan: Plan, nameOf: NameOf): string | undefined {
  const { why } = planned;
  switch (why.kind) {
    case 'chosen':
    case 'memberOf':
      return undefined;
    case 'needs': {
      const edges = pathToDependency(planned, plan);
      if (edges.length === 0) return l10n.t('depends on {0}', nameOf(why.dependency));
      const also = (planned.dependencies ?? []).flatMap(({ to }) => (to === why.dependency ? [] : [to]));
      return [pathEdgesText(edges, nameOf), ...alsoText(also, nameOf)].join(' · ');
    }
    case 'neededBy': {
      const edges = pathToDependent(planned, plan);
      const by = l10n.t('required by {0}', nameOf(why.dependent));
      return edges.length === 0 ? by : `${by} · ${pathText({ edges, alternatives: [] }, nameOf)}`;
    }
  }
}

/** From what needs something that was chosen, to that. */
function pathToDependency(planned: PlannedNode, plan: Plan): GraphEdge[] {
  const edges: GraphEdge[] = [];
  for (let at: PlannedNode | undefined = planned; at?.why.kind === 'needs' && edges.length < maxPathLength;) {
    const { dependency } = at.why;
    const edge = at.dependencies?.find(({ to }) => to === dependency);
    if (!edge) break;
    edges.push(edge);
    at = plan.nodes.get(dependency);
  }
  return edges;
}

/** From what was chosen, to what it needs. */
function pathToDependent(planned: PlannedNode, plan: Plan): GraphEdge[] {
  const edges: GraphEdge[] = [];
  for (let at: PlannedNode | undefined = planned; at?.why.kind === 'neededBy' && edges.length < maxPathLength;) {
    const { key } = at.node;
    const dependent: PlannedNode | undefined = plan.nodes.get(at.why.dependent);
    const edge = dependent?.dependencies?.find(({ to }) => to === key);
    if (!edge) break;
    edges.unshift(edge);
    at = dependent;
  }
  return edges;
}

/**
 * What the position of a node in a plan does not show: why it is included, what it waits for, and consequences.
 *
 * @param steps see `nodeSteps`
 */
export function factsFor(
  planned: PlannedNode,
  plan: Plan,
  steps: ReadonlyMap<NodeKey, number>,
  nameOf: NameOf,
): string[] {
  const { node, restartedBy, systemd } = planned;
  if (node.kind !== 'container' && node.kind !== 'pod') return resourceFacts(node, planned.dependents, nameOf, false);
  const facts: string[] = [];
  const reason = inclusionText(planned, plan, nameOf);
  if (reason) facts.push(reason);
  const cycle = plan.cycles.find((keys) => keys.includes(node.key))?.filter((key) => key !== node.key);
  if (cycle) facts.push(l10n.t('in a cycle with {0}', summarizeNames(cycle.map(nameOf).sort(), maxNamed)));
  facts.push(...waitingFacts(planned, plan, steps, nameOf));
  const conditions = conditionsIn(plan).get(node.key) ?? [];
  facts.push(...conditions.flatMap((condition) => conditionText(condition, nameOf(condition.dependency)) ?? []));
  if (plan.action === 'bringBack') facts.push(...problemFacts(plan, node.key));
  if (isDependenciesFirst(plan.action)) return facts;
  if (systemd) facts.push(...plannedUnitFacts(systemd, plan.action));
  else if (restartedBy === 'systemd') facts.push(l10n.t('systemd may start it again'));
  if (restartedBy === 'swarm') facts.push(l10n.t('Swarm will start it again'));
  if (restartedBy === 'kubernetes') facts.push(l10n.t('Kubernetes will start it again'));
  return facts;
}

const conditionsOfPlans = new WeakMap<Plan, ReadonlyMap<NodeKey, readonly StartCondition[]>>();

/** What each node waits for before its start. */
function conditionsIn(plan: Plan): ReadonlyMap<NodeKey, readonly StartCondition[]> {
  const known = conditionsOfPlans.get(plan);
  if (known) return known;
  const conditions = new Map<NodeKey, StartCondition[]>();
  for (const one of plan.units.flatMap((unit) => unit.conditions ?? [])) addToList(conditions, one.dependent, one);
  conditionsOfPlans.set(plan, conditions);
  return conditions;
}

/** The nodes that a node waits for, unless all are in the step before it. */
function waitingFacts(planned: PlannedNode, plan: Plan, steps: ReadonlyMap<NodeKey, number>, nameOf: NameOf): string[] {
  const stepOf = (key: NodeKey) => steps.get(key) ?? 0;
  const before = isDependenciesFirst(plan.action)
    ? (planned.dependencies ?? []).map(({ to }) => to)
    : planned.dependents;
  const first = before.filter((key) => plan.nodes.get(key)?.unit !== planned.unit);
  if (first.every((key) => stepOf(key) === stepOf(planned.node.key) - 1)) return [];
  return [l10n.t('after {0}', summarizeNames(first.map(nameOf).sort(), maxNamed))];
}

/** `up to 10 s`, `no time limit`, `killed immediately` */
export function stopTimeoutText(timeout: StopTimeout): string {
  if (timeout === 0) return l10n.t('killed immediately');
  return timeout === 'unlimited' ? l10n.t('no time limit') : l10n.t('up to {0} s', timeout);
}

/** The stop timeout of most containers of a step: `up to 10 s each`. */
export function stepTimeoutText(timeout: StopTimeout): string {
  return timeout === 0 || timeout === 'unlimited' ? stopTimeoutText(timeout) : l10n.t('up to {0} s each', timeout);
}

/** `About 3 s, up to 30 s` */
export function estimateText({ usual, worst }: RunEstimate): string {
  const about = atMostText(usual);
  if (worst === 'unlimited') return l10n.t('About {0}, without a time limit', about);
  return worst > usual ? l10n.t('About {0}, up to {1}', about, atMostText(worst)) : l10n.t('About {0}', about);
}

/** Title of a section of a prune: `Containers (3 of 5)`. */
export function pruneSectionText(kind: NodeKind, included: number, all: number): string {
  switch (kind) {
    case 'container':
      return l10n.t('Stopped containers ({0} of {1})', included, all);
    case 'pod':
      return l10n.t('Stopped pods ({0} of {1})', included, all);
    case 'volume':
      return l10n.t('Unused anonymous volumes ({0} of {1})', included, all);
    case 'image':
      return l10n.t('Unused images without a tag ({0} of {1})', included, all);
    case 'network':
      return l10n.t('Unused networks ({0} of {1})', included, all);
  }
}

export function pruneTitle({ nodes }: Plan): string {
  if (nodes.size === 0) return l10n.t('Select what to remove.');
  return nodes.size === 1 ? l10n.t('Remove the selected one?') : l10n.t('Remove the {0} selected?', nodes.size);
}

/** Label of the button that includes the nodes that block a plan. */
export function includeOthersText(action: Action, count: number): string {
  if (isDependenciesFirst(action)) {
    return count === 1 ? l10n.t('Include 1 Dependency') : l10n.t('Include {0} Dependencies', count);
  }
  return count === 1 ? l10n.t('Include 1 Dependent') : l10n.t('Include {0} Dependents', count);
}

/** What has changed since a plan was made: `1 new container: newcomer`. */
export function planChangesText(changes: readonly PlanChange[]): string {
  const names = (matches: (change: PlanChange) => boolean) =>
    changes
      .filter(matches)
      .map(({ node }) => displayName(node))
      .sort();
  const parts: string[] = [];
  const add = (found: readonly string[], one: (name: string) => string, several: (names: string) => string) => {
    if (found.length > 0) parts.push((found.length === 1 ? one : several)(summarizeNames(found, maxNamed)));
  };
  const newPods = names(({ kind, node }) => kind === 'new' && node.kind === 'pod');
  const newContainers = names(({ kind, node }) => kind === 'new' && node.kind === 'container');
  const count = newContainers.length;
  add(
    newPods,
    (name) => l10n.t('1 new pod: {0}', name),
    (list) => l10n.t('{0} new pods: {1}', newPods.length, list),
  );
  add(
    newContainers,
    (name) => l10n.t('1 new container: {0}', name),
    (list) => l10n.t('{0} new containers: {1}', count, list),
  );
  const gone = names(({ kind }) => kind === 'removed');
  add(
    gone,
    (name) => l10n.t('{0} was removed', name),
    (list) => l10n.t('{0} were removed: {1}', gone.length, list),
  );
  for (const { kind, node } of changes.slice(0, maxNamed)) {
    if (kind === 'changed' && node.kind === 'container') {
      parts.push(l10n.t('{0} is now {1}', displayName(node), stateText(node)));
    }
  }
  const used = names(({ kind }) => kind === 'newUser');
  add(
    used,
    (name) => l10n.t('{0} is in use', name),
    (list) => l10n.t('{0} are in use: {1}', used.length, list),
  );
  return parts.join(' · ');
}

export function planBlockerText(blocker: Blocker): string {
  const name = displayName(blocker.node);
  switch (blocker.kind) {
    case 'running':
      return l10n.t('{0} is running.', name);
    case 'paused':
      return l10n.t('{0} is paused.', name);
    case 'dependent':
      return l10n.t("{0} depends on {1} but isn't selected.", name, displayName(blocker.of));
    case 'conditionCycle':
      return l10n.t(
        '{0} wait for each other.',
        summarizeNames([blocker.of, blocker.node, ...blocker.others].map(displayName), maxNamed),
      );
    case 'dependency':
      return l10n.t("{1} isn't running; {0} depends on it.", displayName(blocker.of), name);
  }
}

/** Label of the button that runs a plan. */
export function runButtonText(plan: Plan): string {
  const count = plan.nodes.size;
  const { recreate } = plan.options;
  if (plan.action === 'remove' && recreate === 'newestImages') return l10n.t('Recreate {0} with Newest Images', count);
  if (plan.action === 'remove' && recreate) return l10n.t('Recreate {0}', count);
  if (plan.action !== 'remove') return actionText(plan.action).button(count);
  if (plan.options.running === 'skip' && plan.retained.some(({ why }) => why.kind === 'running')) {
    return l10n.t('Remove {0} Stopped', count);
  }
  return plan.counts.running > 0 ? l10n.t('Stop and Remove {0}', count) : l10n.t('Remove {0}', count);
}
