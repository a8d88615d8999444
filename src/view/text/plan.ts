import { l10n } from 'vscode';
import { engineOf, isActive, parseKey, type NodeKey, type PlanNode } from '../../graph/model/model';
import type { Plan, RetainedNode, RetainReason, Restarter } from '../../graph/plan/plan';
import { actionText } from './action';
import { countAll, type DisplayText, plainText, summarizeNames } from './format';
import { protectionText } from './paths';

/** The name of a node as it is shown. */
export type NameOf = (key: NodeKey) => DisplayText;

/** How many names stand in one sentence of a question. */
const named = 6;

/** Volumes are told by as much of their names as both makes show of ids. */
export function displayName({ kind, name, id }: PlanNode): DisplayText {
  return plainText(kind === 'volume' ? plainText(name).slice(0, 12) : name) || plainText(id.slice(0, 12));
}

/** What is shown of a node that is not known any more: the beginning of its id. */
export function nameOfKey(key: NodeKey): DisplayText {
  return plainText(parseKey(key).id.slice(0, 12));
}

/** Names by the plan: what is gone has none in the graph any more, and volumes never had one there. */
export const nameResolver =
  ({ nodes }: Pick<Plan, 'nodes'>): NameOf =>
  (key) => {
    const node = nodes.get(key)?.node;
    return node ? displayName(node) : plainText(key);
  };

const isAre = (count: number, one: string, many: string) => (count === 1 ? one : many);

/** The question of a confirmation: `Stop and remove 3 pods and 14 containers from podman (local)?` */
export function planPrompt(plan: Plan, engineLabel: (id: string) => string): string {
  const what = whatGoes(plan);
  const engines = new Set([...plan.nodes.keys()].map(engineOf));
  const [only] = engines;
  const where = engines.size === 1 && only ? plainText(engineLabel(only)) : l10n.t('{0} engines', engines.size);
  return plan.action === 'remove' && plan.counts.running > 0
    ? l10n.t('Stop and remove {0} from {1}?', what, where)
    : actionText(plan.action).confirmation(what, where);
}

function whatGoes({ nodes, counts }: Plan): string {
  const [first] = nodes.values();
  if (nodes.size === 1 && first) {
    const name = displayName(first.node);
    if (first.node.kind === 'volume') return l10n.t('volume {0}', name);
    return first.node.kind === 'pod' ? l10n.t('pod {0}', name) : l10n.t('container {0}', name);
  }
  return countAll(counts);
}

/** What a person must know before saying yes, a sentence a line. */
export function planDetail(plan: Plan, nameOf: NameOf): string {
  return [...planFacts(plan, nameOf), ...retainText(plan.retained, nameOf)].join('\n');
}

/** What happens to what goes, a sentence each. */
export function planFacts(plan: Plan, nameOf: NameOf): string[] {
  const { counts } = plan;
  const lines: string[] = [];
  const stops = plan.action === 'remove' || plan.action === 'stop' || plan.action === 'restart';
  if (stops && counts.running > 0) lines.push(runningText(plan));
  lines.push(...autoRemoveText(plan));
  lines.push(...impliedText(plan));
  if (plan.volumes.length > 0) {
    lines.push(
      isAre(
        plan.volumes.length,
        l10n.t('1 anonymous volume will be deleted.'),
        l10n.t('{0} anonymous volumes will be deleted.', plan.volumes.length),
      ),
    );
  }
  if (counts.volumes > 0) lines.push(volumeText(counts.volumes));
  for (const cycle of plan.cycles) {
    lines.push(
      l10n.t(
        '{0} form a dependency cycle; the engine may refuse to remove them.',
        summarizeNames(cycle.map(nameOf), named),
      ),
    );
  }
  lines.push(...restartText(plan));
  return lines;
}

/** Of nothing else that goes there is anything that could not be made again. */
function volumeText(count: number): string {
  return count === 1
    ? l10n.t('1 unused volume and its data will be permanently deleted.')
    : l10n.t('{0} unused volumes and their data will be permanently deleted.', count);
}

/** What would have to be stopped, by name: without a yes to that, nothing of the plan is touched. */
function runningText({ nodes, counts }: Plan): string {
  const running = [...nodes.values()].flatMap(({ node }) =>
    node.kind === 'container' && isActive(node.state) ? [displayName(node)] : [],
  );
  const who = summarizeNames(running.sort(), named);
  if (counts.stopTimeout === 'unlimited') {
    return running.length === 1
      ? l10n.t('{0} is running (no time limit to stop).', who)
      : l10n.t('{0} are running, at least one with no time limit to stop: {1}.', running.length, who);
  }
  return running.length === 1
    ? l10n.t('{0} is running (up to {1} s to stop).', who, counts.stopTimeout)
    : l10n.t('{0} are running (up to {1} s each to stop): {2}.', running.length, counts.stopTimeout, who);
}

/** What was made to go when it stops (`--rm`). */
function autoRemoveText({ action, nodes }: Plan): string[] {
  if (action !== 'stop' && action !== 'kill') return [];
  const brief = [...nodes.values()].flatMap(({ node }) =>
    node.kind === 'container' && node.details?.autoRemove ? [displayName(node)] : [],
  );
  if (brief.length === 0) return [];
  const who = summarizeNames(brief.sort(), named);
  return [
    brief.length === 1
      ? l10n.t('{0} will be removed when it stops (--rm).', who)
      : l10n.t('{0} will be removed when they stop (--rm).', who),
  ];
}

/** What was not chosen and goes along because it needs something that was, or is needed by it. */
function impliedText(plan: Plan): string[] {
  const needed = [...plan.nodes.values()]
    .filter(({ why }) => why.kind === 'neededBy')
    .map(({ node }) => displayName(node));
  if (needed.length > 0) {
    return [
      needed.length === 1
        ? l10n.t('Also started, because your selection depends on it: {0}.', needed[0] ?? '')
        : l10n.t('Also started, because your selection depends on them: {0}.', summarizeNames(needed, named)),
    ];
  }
  const along = [...plan.nodes.values()].filter(({ why }) => why.kind === 'needs').map(({ node }) => displayName(node));
  if (along.length === 0) return [];
  return [
    along.length === 1
      ? l10n.t('Also affected, because it depends on your selection: {0}.', along[0] ?? '')
      : l10n.t('Also affected, because they depend on your selection: {0}.', summarizeNames(along, named)),
  ];
}

function restartText(plan: Plan): string[] {
  if (plan.action !== 'remove' && plan.action !== 'stop' && plan.action !== 'kill') return [];
  const back = (by: Restarter) =>
    [...plan.nodes.values()].filter(({ restartedBy }) => restartedBy === by).map(({ node }) => displayName(node));
  const lines: string[] = [];
  const [systemd, swarm, kubernetes] = [back('systemd'), back('swarm'), back('kubernetes')];
  if (systemd.length > 0) lines.push(l10n.t('systemd may start {0} again.', summarizeNames(systemd, named)));
  if (swarm.length > 0) lines.push(l10n.t('Swarm will start {0} again.', summarizeNames(swarm, named)));
  if (kubernetes.length > 0) lines.push(l10n.t('Kubernetes will start {0} again.', summarizeNames(kubernetes, named)));
  return lines;
}

/** What stays although it was pointed at. That dependencies stay which nobody chose goes without saying. */
export function retainText(stays: readonly RetainedNode[], nameOf: NameOf): string[] {
  const byReason = new Map<string, string[]>();
  for (const { node, why } of stays) {
    if (why.kind === 'notChosen' || why.kind === 'unknown') continue;
    const text = retainReasonText(why, nameOf);
    const names = byReason.get(text);
    if (names) names.push(displayName(node));
    else byReason.set(text, [displayName(node)]);
  }
  return [...byReason].map(([text, names]) => {
    const who = summarizeNames(names.sort(), named);
    return names.length === 1 ? l10n.t('Kept: {0} ({1}).', who, text) : l10n.t('Kept: {0} ({1}).', who, text);
  });
}

/** Why a node stays, in few words. */
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
    case 'service':
      return l10n.t('serves pods that are kept');
  }
}

function noDetailsText(text: string): string {
  const said = plainText(text);
  return said ? l10n.t("can't be inspected: {0}", said) : l10n.t('not inspected yet');
}

/** Why a plan cannot run as it is, where something else needs what was chosen, or is needed by it. */
export function dependentsPrompt(plan: Plan): { message: string; detail: string; include: string } {
  if (plan.blockers.every(({ kind }) => kind === 'dependency')) return dependenciesPrompt(plan);
  const blockers = plan.blockers.flatMap((blocker) => (blocker.kind === 'dependent' ? [blocker] : []));
  const names = (nodes: readonly PlanNode[]) => [...new Set(nodes.map(displayName))].sort();
  const of = summarizeNames(names(blockers.map((blocker) => blocker.of)), named);
  const by = names(blockers.map((blocker) => blocker.node));
  const who = summarizeNames(by, named);
  const one = by.length === 1;
  const include = l10n.t('Include Dependents');
  if (plan.action !== 'remove') {
    return {
      message: one
        ? l10n.t('{0} is running and depends on {1}.', who, of)
        : l10n.t('{0} are running and depend on {1}.', who, of),
      detail: l10n.t('Stop its dependents first. No changes were made.'),
      include,
    };
  }
  return {
    message: one ? l10n.t('{0} is used by {1}.', of, who) : l10n.t('{0} is used by {1}.', of, who),
    detail: l10n.t('Dependents must be removed first. No changes were made.'),
    include,
  };
}

function dependenciesPrompt(plan: Plan): { message: string; detail: string; include: string } {
  const blockers = plan.blockers.flatMap((blocker) => (blocker.kind === 'dependency' ? [blocker] : []));
  const names = (nodes: readonly PlanNode[]) => [...new Set(nodes.map(displayName))].sort();
  const of = summarizeNames(names(blockers.map((blocker) => blocker.of)), named);
  const needed = names(blockers.map((blocker) => blocker.node));
  const who = summarizeNames(needed, named);
  return {
    message:
      needed.length === 1
        ? l10n.t("{1} isn't running; {0} depends on it.", of, who)
        : l10n.t("{1} aren't running; {0} depends on them.", of, who),
    detail: l10n.t('Its dependencies must be running. No changes were made.'),
    include: l10n.t('Include Dependencies'),
  };
}

/** One line for the log: what a plan holds, wave by wave. Technical English, not translated. */
export function planForLog(plan: Plan): string {
  const waves: string[][] = [];
  for (const unit of plan.units) {
    const names = unit.targets.map((key) => plainText(plan.nodes.get(key)?.node.name ?? key));
    (waves[unit.wave] ??= []).push(names.join('+'));
  }
  const order = waves.map((names) => `[${names.sort().slice(0, 50).join(', ')}${names.length > 50 ? ', …' : ''}]`);
  const stays = plan.retained.map(({ node, why }) => `${displayName(node)} (${why.kind})`).sort();
  const { counts } = plan;
  const volumes = counts.volumes > 0 ? `${counts.volumes} volumes, ` : '';
  const what = `${counts.pods} pods, ${counts.containers} containers, ${volumes}${counts.running} running`;
  return `${what}; in order ${order.join(' ')}${stays.length > 0 ? `; stays ${stays.slice(0, 50).join(', ')}` : ''}`;
}
