import { l10n } from 'vscode';
import { type ContainerNode, type GraphEdge, isActive, shortId } from '../../graph/model/model';
import { isDependenciesFirst } from '../../graph/plan/lifecycleAction';
import type { Blocker, Plan, PlannedNode } from '../../graph/plan/plan';
import type { StopTimeout } from '../../graph/model/stopTimeout';
import { actionText } from './action';
import { plainText, summarizeNames } from './format';
import { alsoText, pathEdgesText, pathText } from './paths';
import { displayName, type NameOf } from './plan';

/** Maximum number of names in one note. */
const maxNamed = 4;

/** Maximum length of a path; the nodes on a longer path show its rest. */
const maxPathLength = 8;

/** Why a node is part of a plan: `selected`, `in pod shop`, `requires left → shares net of base`. */
export function inclusionText(planned: PlannedNode, plan: Plan, nameOf: NameOf): string {
  const { why } = planned;
  switch (why.kind) {
    case 'chosen':
      return l10n.t('selected');
    case 'memberOf':
      return l10n.t('in pod {0}', nameOf(why.pod));
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

/** Additional notes about a node of a plan. */
export function notesFor(planned: PlannedNode, plan: Plan, nameOf: NameOf): string[] {
  const { node, restartedBy } = planned;
  if (node.kind === 'volume') return [l10n.t('permanently deletes its data')];
  const notes: string[] = [];
  const cycle = plan.cycles.find((keys) => keys.includes(node.key))?.filter((key) => key !== node.key);
  if (cycle) notes.push(l10n.t('in a cycle with {0}', summarizeNames(cycle.map(nameOf).sort(), maxNamed)));
  const before = isDependenciesFirst(plan.action)
    ? (planned.dependencies ?? []).map(({ to }) => to)
    : planned.dependents;
  const first = before.filter((key) => plan.nodes.get(key)?.unit !== planned.unit);
  if (first.length > 0) notes.push(l10n.t('after {0}', summarizeNames(first.map(nameOf).sort(), maxNamed)));
  const stops = plan.action === 'remove' || plan.action === 'stop' || plan.action === 'restart';
  if (node.kind === 'container' && stops) notes.push(...stoppingNotes(node, planned.stopTimeout));
  if (node.kind === 'container' && plan.action === 'remove') notes.push(...volumeNotes(node));
  if (isDependenciesFirst(plan.action)) return notes;
  if (restartedBy === 'systemd') notes.push(l10n.t('systemd may start it again'));
  if (restartedBy === 'swarm') notes.push(l10n.t('Swarm will start it again'));
  if (restartedBy === 'kubernetes') notes.push(l10n.t('Kubernetes will start it again'));
  return notes;
}

function stoppingNotes({ state }: ContainerNode, grace: StopTimeout): string[] {
  if (!isActive(state)) return [];
  if (grace === 0) return [l10n.t('killed immediately')];
  if (grace === 'unlimited') {
    return state === 'paused' ? [l10n.t('unpaused, then no time limit to stop')] : [l10n.t('no time limit to stop')];
  }
  return state === 'paused'
    ? [l10n.t('unpaused, then up to {0} s to stop', grace)]
    : [l10n.t('up to {0} s to stop', grace)];
}

function volumeNotes({ details }: ContainerNode): string[] {
  const volumes = details?.anonymousVolumes ?? [];
  if (volumes.length === 0) return [];
  const names = summarizeNames(
    volumes.map((name) => shortId(plainText(name))),
    2,
  );
  return [volumes.length === 1 ? l10n.t('deletes volume {0}', names) : l10n.t('deletes volumes {0}', names)];
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
    case 'dependency':
      return l10n.t("{1} isn't running; {0} depends on it.", displayName(blocker.of), name);
  }
}

/** Label of the button that runs a plan. */
export function runButtonText(plan: Plan): string {
  const count = plan.nodes.size;
  if (plan.action !== 'remove') return actionText(plan.action).button(count);
  if (plan.options.running === 'skip' && plan.retained.some(({ why }) => why.kind === 'running')) {
    return l10n.t('Remove {0} Stopped', count);
  }
  return plan.counts.running > 0 ? l10n.t('Stop and Remove {0}', count) : l10n.t('Remove {0}', count);
}
