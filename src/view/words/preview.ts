import { l10n } from 'vscode';
import { goesUp } from '../../graph/action';
import type { ContainerNode, GraphEdge } from '../../graph/model';
import { isActive } from '../../graph/model';
import type { Blocker, PlannedNode, Plan } from '../../graph/plan';
import type { StopTimeout } from '../../graph/stopTimeout';
import { actionWords } from './action';
import { nameSome } from './count';
import { alsoWords, pathWords, wayWords } from './path';
import { plainText } from './plainText';
import type { NameOf } from './plan';
import { nameOfNode } from './plan';

/** How many names stand in one note of a preview. */
const named = 4;

/** Farther than this a way is told by the lines of those on it. */
const farthest = 8;

/** Why a node is part of a plan: `chosen`, `in pod shop`, `requires left → shares net of base`, the way to what was chosen. */
export function whyWords(planned: PlannedNode, plan: Plan, nameOf: NameOf): string {
  const { why } = planned;
  switch (why.kind) {
    case 'chosen':
      return l10n.t('chosen');
    case 'memberOf':
      return l10n.t('in pod {0}', nameOf(why.pod));
    case 'needs': {
      const edges = wayDown(planned, plan);
      if (edges.length === 0) return l10n.t('needs {0}', nameOf(why.dependency));
      const also = (planned.needs ?? []).flatMap(({ to }) => (to === why.dependency ? [] : [to]));
      return [wayWords(edges, nameOf), ...alsoWords(also, nameOf)].join(' · ');
    }
    case 'neededBy': {
      const edges = wayUp(planned, plan);
      const by = l10n.t('needed by {0}', nameOf(why.dependent));
      return edges.length === 0 ? by : `${by} · ${pathWords({ edges, also: [] }, nameOf)}`;
    }
  }
}

/** From what needs something that was chosen, to that. */
function wayDown(planned: PlannedNode, plan: Plan): GraphEdge[] {
  const edges: GraphEdge[] = [];
  for (let at: PlannedNode | undefined = planned; at?.why.kind === 'needs' && edges.length < farthest;) {
    const { dependency } = at.why;
    const edge = at.needs?.find(({ to }) => to === dependency);
    if (!edge) break;
    edges.push(edge);
    at = plan.nodes.get(dependency);
  }
  return edges;
}

/** From what was chosen, to what it needs. */
function wayUp(planned: PlannedNode, plan: Plan): GraphEdge[] {
  const edges: GraphEdge[] = [];
  for (let at: PlannedNode | undefined = planned; at?.why.kind === 'neededBy' && edges.length < farthest;) {
    const { key } = at.node;
    const dependent: PlannedNode | undefined = plan.nodes.get(at.why.dependent);
    const edge = dependent?.needs?.find(({ to }) => to === key);
    if (!edge) break;
    edges.unshift(edge);
    at = dependent;
  }
  return edges;
}

/** What else a person should know about a node that goes, each in a few words. */
export function notesFor(planned: PlannedNode, plan: Plan, nameOf: NameOf): string[] {
  const { node, returns } = planned;
  if (node.kind === 'volume') return [l10n.t('deleted for good, with all data in it')];
  const notes: string[] = [];
  const cycle = plan.cycles.find((keys) => keys.includes(node.key))?.filter((key) => key !== node.key);
  if (cycle) notes.push(l10n.t('in a cycle with {0}', nameSome(cycle.map(nameOf).sort(), named)));
  const before = goesUp(plan.action) ? (planned.needs ?? []).map(({ to }) => to) : planned.dependents;
  const first = before.filter((key) => plan.nodes.get(key)?.unit !== planned.unit);
  if (first.length > 0) notes.push(l10n.t('after {0}', nameSome(first.map(nameOf).sort(), named)));
  const stops = plan.action === 'remove' || plan.action === 'stop' || plan.action === 'restart';
  if (node.kind === 'container' && stops) notes.push(...stoppingNotes(node, planned.grace));
  if (node.kind === 'container' && plan.action === 'remove') notes.push(...volumeNotes(node));
  if (goesUp(plan.action)) return notes;
  if (returns === 'systemd') notes.push(l10n.t('systemd may start it again'));
  if (returns === 'swarm') notes.push(l10n.t('Swarm will start it again'));
  if (returns === 'kubernetes') notes.push(l10n.t('Kubernetes will start it again'));
  return notes;
}

function stoppingNotes({ state }: ContainerNode, grace: StopTimeout): string[] {
  if (!isActive(state)) return [];
  if (grace === 0) return [l10n.t('killed at once')];
  if (grace === 'unlimited') {
    return state === 'paused'
      ? [l10n.t('resumed, then has no time limit to stop')]
      : [l10n.t('has no time limit to stop')];
  }
  return state === 'paused'
    ? [l10n.t('resumed, then gets up to {0} s to stop', grace)]
    : [l10n.t('gets up to {0} s to stop', grace)];
}

function volumeNotes({ details }: ContainerNode): string[] {
  const volumes = details?.anonymousVolumes ?? [];
  if (volumes.length === 0) return [];
  const names = nameSome(
    volumes.map((name) => plainText(name).slice(0, 12)),
    2,
  );
  return [volumes.length === 1 ? l10n.t('takes volume {0} along', names) : l10n.t('takes volumes {0} along', names)];
}

/** Why a plan cannot run as it is. */
export function blockerWords(blocker: Blocker): string {
  const name = nameOfNode(blocker.node);
  switch (blocker.kind) {
    case 'running':
      return l10n.t('{0} is running.', name);
    case 'paused':
      return l10n.t('{0} is paused.', name);
    case 'dependent':
      return l10n.t('{0} needs {1}, and was not chosen.', name, nameOfNode(blocker.of));
    case 'dependency':
      return l10n.t('{0} needs {1}, which does not run.', nameOfNode(blocker.of), name);
  }
}

/** The button that runs a plan: it says whether something is stopped, and how many go. */
export function runWords(plan: Plan): string {
  const count = plan.nodes.size;
  if (plan.action !== 'remove') return actionWords(plan.action).button(count);
  if (plan.options.running === 'leave' && plan.stays.some(({ why }) => why.kind === 'running')) {
    return l10n.t('Remove {0} Stopped Only', count);
  }
  return plan.counts.running > 0 ? l10n.t('Stop and Remove {0}', count) : l10n.t('Remove {0}', count);
}
