import { l10n } from 'vscode';
import {
  addToList,
  engineOf,
  isActive,
  isStoppedUnit,
  parseKey,
  type NodeKey,
  type PlanNode,
  shortId,
} from '../../graph/model/model';
import { isAnonymousName } from '../../graph/model/resources';
import { sharesNamespace } from '../../graph/model/namespaceState';
import type { Restarter } from '../../graph/model/labels';
import { volumesToSave } from '../../graph/plan/anonymousVolumes';
import type { Plan, PlannedVolume, RetainedNode, RetainReason } from '../../graph/plan/plan';
import { countKinds } from '../../graph/plan/report';
import { actionText } from './action';
import { countAll, type DisplayText, plainText, summarizeNames } from './format';
import { protectionText } from './paths';
import { problemFacts, recipeProblemText } from './recipes';
import { unitFacts, unreachableText } from './systemd';
import { volumeFacts, type VolumeSizes } from './volumes';

export type NameOf = (key: NodeKey) => DisplayText;

/** Maximum number of names in one sentence. */
const maxNamed = 6;

/** Anonymous volumes have random names: show 12 digits, as Podman and Docker do for ids. */
export function displayName({ kind, name, id }: PlanNode): DisplayText {
  return (
    plainText(kind === 'volume' && isAnonymousName(name) ? shortId(plainText(name)) : name) || plainText(shortId(id))
  );
}

/** The short id of a node that is no longer known. */
export function nameOfKey(key: NodeKey): DisplayText {
  return plainText(shortId(parseKey(key).id));
}

/** Names from the plan: removed nodes and volumes are not in the graph. */
export const nameResolver =
  ({ nodes }: Pick<Plan, 'nodes'>): NameOf =>
  (key) => {
    const node = nodes.get(key)?.node;
    return node ? displayName(node) : plainText(key);
  };

/** `Stop and remove 3 pods and 14 containers from podman (local)?` */
export function planPrompt(plan: Plan, engineLabel: (id: string) => string): string {
  const targets = targetsText(plan);
  const engines = new Set([...plan.nodes.keys()].map(engineOf));
  const [only] = engines;
  const engine = engines.size === 1 && only ? plainText(engineLabel(only)) : l10n.t('{0} engines', engines.size);
  if (plan.action === 'remove' && plan.options.recreate) return l10n.t('Recreate {0} on {1}?', targets, engine);
  return plan.action === 'remove' && plan.counts.running > 0
    ? l10n.t('Stop and remove {0} from {1}?', targets, engine)
    : actionText(plan.action).confirmation(targets, engine);
}

function targetsText({ nodes }: Plan): string {
  const [first] = nodes.values();
  if (nodes.size === 1 && first) {
    const name = displayName(first.node);
    if (first.node.kind === 'volume') return l10n.t('volume {0}', name);
    if (first.node.kind === 'network') return l10n.t('network {0}', name);
    if (first.node.kind === 'image') return l10n.t('image {0}', name);
    if (isStoppedUnit(first.node)) return l10n.t('systemd unit {0}', name);
    return first.node.kind === 'pod' ? l10n.t('pod {0}', name) : l10n.t('container {0}', name);
  }
  return countAll(countKinds(nodes.values()));
}

/**
 * Consequences of a plan, one sentence each.
 * @param listsNodes whether the nodes with their states are shown already
 */
export function planFacts(plan: Plan, nameOf: NameOf, listsNodes = false, sizes?: VolumeSizes): string[] {
  const { counts } = plan;
  const lines: string[] = [...bringBackFacts(plan)];
  const stops = plan.action === 'remove' || plan.action === 'stop' || plan.action === 'restart';
  if (stops && counts.running > 0 && !listsNodes) lines.push(runningText(plan));
  lines.push(...autoRemoveText(plan));
  if (!listsNodes) lines.push(...impliedText(plan));
  lines.push(...sharersText(plan));
  lines.push(...volumeFacts(plan, sizes));
  if (plan.action === 'remove' && counts.volumes > 0) lines.push(...volumeTexts(plan));
  for (const cycle of plan.cycles) {
    lines.push(
      l10n.t(
        '{0} form a dependency cycle; the engine may refuse to remove them.',
        summarizeNames(cycle.map(nameOf), maxNamed),
      ),
    );
  }
  lines.push(...restartText(plan));
  return lines;
}

/** How many of the nodes are started, and what will differ. */
function bringBackFacts(plan: Plan): string[] {
  const { action, counts, nodes } = plan;
  if (action !== 'bringBack') return [];
  const byText = new Map<string, string[]>();
  for (const { node } of nodes.values()) {
    for (const text of problemFacts(plan, node.key)) addToList(byText, text, displayName(node));
  }
  const differing = [...byText].map(([text, names]) => l10n.t('{0}: {1}.', summarizeNames(names, maxNamed), text));
  const { containers, running } = counts;
  const started = l10n.t('{0} of {1} containers will be started, as before the removal.', running, containers);
  return [...(containers > 0 ? [started] : []), ...differing];
}

/** About volumes that the user selected. */
function volumeTexts(plan: Plan): string[] {
  const { backupFolder } = plan.options;
  const isSaved = ({ key }: PlannedVolume) => backupFolder !== undefined && plan.nodes.has(key);
  const saved = volumesToSave(plan).filter(isSaved).length;
  const others = plan.counts.volumes - saved;
  return [...(saved > 0 ? [savedText(saved, backupFolder ?? '')] : []), ...(others > 0 ? [volumeText(others)] : [])];
}

function savedText(count: number, folder: string): string {
  return count === 1
    ? l10n.t('1 volume will be backed up to {0}, then deleted.', plainText(folder))
    : l10n.t('{0} volumes will be backed up to {1}, then deleted.', count, plainText(folder));
}

function volumeText(count: number): string {
  return count === 1
    ? l10n.t('1 volume and its data will be permanently deleted.')
    : l10n.t('{0} volumes and their data will be permanently deleted.', count);
}

/** Names the running containers and their stop timeouts. */
function runningText({ nodes, counts }: Plan): string {
  const running = [...nodes.values()].flatMap(({ node }) =>
    node.kind === 'container' && isActive(node.state) ? [displayName(node)] : [],
  );
  const list = summarizeNames(running.sort(), maxNamed);
  if (counts.stopTimeout === 'unlimited') {
    return running.length === 1
      ? l10n.t('{0} is running (no time limit to stop).', list)
      : l10n.t('{0} are running, at least one with no time limit to stop: {1}.', running.length, list);
  }
  return running.length === 1
    ? l10n.t('{0} is running (up to {1} s to stop).', list, counts.stopTimeout)
    : l10n.t('{0} are running (up to {1} s each to stop): {2}.', running.length, counts.stopTimeout, list);
}

/** Names containers with `--rm`; those of systemd units are created again. */
function autoRemoveText({ action, nodes }: Plan): string[] {
  if (action !== 'stop' && action !== 'kill') return [];
  const autoRemoved = [...nodes.values()].flatMap(({ node, systemd }) =>
    node.kind === 'container' && node.details?.autoRemove && !systemd ? [displayName(node)] : [],
  );
  if (autoRemoved.length === 0) return [];
  const list = summarizeNames(autoRemoved.sort(), maxNamed);
  return [
    autoRemoved.length === 1
      ? l10n.t('{0} will be removed when it stops (--rm).', list)
      : l10n.t('{0} will be removed when they stop (--rm).', list),
  ];
}

/** Names nodes that are included as dependents or dependencies of the selection. */
function impliedText(plan: Plan): string[] {
  const dependencies = [...plan.nodes.values()]
    .filter(({ why }) => why.kind === 'neededBy')
    .map(({ node }) => displayName(node));
  if (dependencies.length > 0) {
    return [
      dependencies.length === 1
        ? l10n.t('Also started, because your selection depends on it: {0}.', dependencies[0] ?? '')
        : l10n.t('Also started, because your selection depends on them: {0}.', summarizeNames(dependencies, maxNamed)),
    ];
  }
  const dependents = [...plan.nodes.values()]
    .filter(({ why }) => why.kind === 'needs')
    .map(({ node }) => displayName(node));
  if (dependents.length === 0) return [];
  return [
    dependents.length === 1
      ? l10n.t('Also affected, because it depends on your selection: {0}.', dependents[0] ?? '')
      : l10n.t('Also affected, because they depend on your selection: {0}.', summarizeNames(dependents, maxNamed)),
  ];
}

/** Names dependents that a restart includes because they would be detached otherwise. */
function sharersText({ action, nodes }: Plan): string[] {
  const sharers = [...nodes.values()].filter(
    ({ why, dependencies = [] }) => action === 'restart' && why.kind === 'needs' && dependencies.some(sharesNamespace),
  );
  if (sharers.length === 0) return [];
  const names = sharers.map(({ node }) => displayName(node));
  return [l10n.t('Also restarted, to be in the new network or namespaces: {0}.', summarizeNames(names, maxNamed))];
}

function restartText(plan: Plan): string[] {
  if (plan.action !== 'remove' && plan.action !== 'stop' && plan.action !== 'kill') return unitFacts(plan);
  const restarted = (by: Restarter) =>
    [...plan.nodes.values()].flatMap(({ node, restartedBy, systemd }) =>
      restartedBy === by && !systemd ? [displayName(node)] : [],
    );
  const lines: string[] = unitFacts(plan);
  const [systemd, swarm, kubernetes] = [restarted('systemd'), restarted('swarm'), restarted('kubernetes')];
  if (systemd.length > 0) lines.push(l10n.t('systemd may start {0} again.', summarizeNames(systemd, maxNamed)));
  if (swarm.length > 0) lines.push(l10n.t('Swarm will start {0} again.', summarizeNames(swarm, maxNamed)));
  if (kubernetes.length > 0)
    lines.push(l10n.t('Kubernetes will start {0} again.', summarizeNames(kubernetes, maxNamed)));
  return lines;
}

/** Retained nodes with reasons. Dependencies that were not selected are omitted: keeping them is expected. */
export function retainText(retained: readonly RetainedNode[], nameOf: NameOf, bringsBack: boolean): string[] {
  const byReason = new Map<string, string[]>();
  for (const { node, why } of retained) {
    if (why.kind === 'notChosen' || why.kind === 'unknown') continue;
    const text = retainReasonText(why, nameOf);
    const names = byReason.get(text);
    if (names) names.push(displayName(node));
    else byReason.set(text, [displayName(node)]);
  }
  return [...byReason].map(([text, names]) => {
    const list = summarizeNames(names.sort(), maxNamed);
    return bringsBack ? l10n.t('Not brought back: {0} ({1}).', list, text) : l10n.t('Kept: {0} ({1}).', list, text);
  });
}

/** Short reason why a node is retained. */
export function retainReasonText(why: RetainReason, nameOf: NameOf): string {
  switch (why.kind) {
    case 'notChosen':
      return l10n.t('not selected');
    case 'unknown':
      return l10n.t('not listed by the engine');
    case 'excluded':
      return l10n.t('excluded');
    case 'protected':
      return protectionText(why.by);
    case 'noDetails':
      return noDetailsText(why.text);
    case 'ambiguousId':
      return l10n.t('its ID is also the name of {0}', plainText(why.holder));
    case 'running':
      return l10n.t('running');
    case 'systemdUnreachable':
      return unreachableText(why.unit, why.obstacle);
    case 'engineUnavailable':
      return l10n.t("{0} isn't responding", plainText(why.engine));
    case 'neededBy':
      return l10n.t('required by {0}', nameOf(why.node));
    case 'needs':
      return l10n.t('depends on {0}', nameOf(why.node));
    case 'removedWhenStopped':
      return l10n.t('it is removed when it stops');
    case 'podRetained':
      return l10n.t('in pod {0}, which is kept', nameOf(why.pod));
    case 'notCreatable':
      return recipeProblemText(why.problem);
    case 'service':
      return l10n.t('serves pods that are kept');
    case 'external':
      return l10n.t('external: not created by the project');
    case 'defaultNetwork':
      return l10n.t('a default network of the engine');
    case 'inUse':
      return l10n.t('in use by another tool');
    case 'severalTags':
      return l10n.t('it has several tags');
  }
}

function noDetailsText(text: string): string {
  const message = plainText(text);
  return message ? l10n.t("can't be inspected: {0}", message) : l10n.t('not inspected yet');
}

/** One line for the log: a plan by steps. Not translated. */
export function planForLog(plan: Plan): string {
  const steps: string[][] = [];
  for (const unit of plan.units) {
    const names = unit.targets.map((key) => plainText(plan.nodes.get(key)?.node.name ?? key));
    (steps[unit.step] ??= []).push(names.join('+'));
  }
  const order = steps.map((names) => `[${names.sort().slice(0, 50).join(', ')}${names.length > 50 ? ', …' : ''}]`);
  const retained = plan.retained.map(({ node, why }) => `${displayName(node)} (${why.kind})`).sort();
  const { counts } = plan;
  const resources = (['networks', 'volumes', 'images'] as const).flatMap((kind) =>
    counts[kind] > 0 ? `${counts[kind]} ${kind}, ` : [],
  );
  const deleted = plan.volumes.filter(({ choice }) => choice === 'delete').length;
  const anonymous =
    plan.volumes.length > 0 ? `, anonymous volumes: ${deleted} deleted, ${plan.volumes.length - deleted} kept` : '';
  const summary = `${counts.pods} pods, ${counts.containers} containers, ${resources.join('')}${counts.running} running${anonymous}`;
  return `${summary}; in order ${order.join(' ')}${retained.length > 0 ? `; kept ${retained.slice(0, 50).join(', ')}` : ''}`;
}
