import { l10n, QuickPickItemKind } from 'vscode';
import type { NodeKey, PlanNode } from '../graph/model/model';
import type { VolumeNode } from '../graph/model/resources';
import { type PruneOptions, pruneScope } from '../graph/plan/prune';
import type { Log, PodgraphService } from '../service/service';
import { type PickItem, pickMany, showWarning } from '../view/display';
import { engineName } from '../view/text/engines';
import { plainMessage, plainText } from '../view/text/format';
import { failureText } from '../view/text/outcome';
import { withoutDemo } from './scope';

const hour = 3_600_000;
/** The most frequent labels are offered. */
const maxLabels = 12;
/** Longer labels hold data, such as a hash or a path. */
const maxLabelLength = 60;

interface Choice extends PickItem {
  readonly select?: 'containers' | 'pods' | 'volumes';
  readonly olderThan?: number;
  readonly withLabel?: string;
}

interface PruneDeps {
  readonly service: PodgraphService;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * The stopped and unused nodes that a prune removes. Resolves with undefined if the user cancels.
 *
 * @param given options from a script or test; otherwise the user is asked
 */
export async function selectPrunable(given: unknown, deps: PruneDeps): Promise<readonly NodeKey[] | undefined> {
  const { service } = deps;
  const known = isPruneOptions(given) ? given : undefined;
  await service.refresh();
  const volumes = !known || known.volumes ? await danglingVolumes(deps) : [];
  const find = (options: PruneOptions) =>
    withoutDemo(pruneScope(service.snapshot.graph, options, volumes).chosen, service.snapshot);
  const nodeOf = (key: NodeKey) => service.snapshot.graph.get(key) ?? volumes.find((volume) => volume.key === key);
  const findNodes = (options: PruneOptions) => find(options).flatMap((key) => nodeOf(key) ?? []);
  const options = known ?? (await promptPruneOptions(findNodes, Date.now()));
  return options && find(options);
}

/** Warns about each engine whose volumes could not be listed, so that an empty list isn't mistaken for none. */
async function danglingVolumes({ service, log }: PruneDeps): Promise<readonly VolumeNode[]> {
  const { found, failed } = await service.danglingVolumes();
  for (const [id, error] of failed) {
    log.warn(`volumes of ${id}: ${error.message}`);
    const [name, reason] = [plainText(engineName(id, service.snapshot)), failureText(error.reason, error.detail)];
    void showWarning(plainMessage(l10n.t("Can't list the volumes of {0}: {1}.", name, reason)));
  }
  return found;
}

/**
 * Asks in one list for kinds, ages and labels, each with the number of its nodes. Resolves with undefined if the user
 * cancels.
 *
 * @param find the nodes that a prune with these options removes
 */
export async function promptPruneOptions(
  find: (options: PruneOptions) => readonly PlanNode[],
  now: number,
): Promise<PruneOptions | undefined> {
  const none: PruneOptions = { containers: false, pods: false, volumes: false, labels: [] };
  const kinds: Choice[] = [
    {
      label: plainText(l10n.t('Containers')),
      description: plainText(l10n.t('stopped, not in a pod')),
      picked: true,
      select: 'containers',
    },
    {
      label: plainText(l10n.t('Pods')),
      description: plainText(l10n.t('empty, or all containers stopped')),
      picked: true,
      select: 'pods',
    },
    {
      label: plainText(l10n.t('Volumes')),
      description: plainText(l10n.t('anonymous and unused; permanently deletes their data')),
      select: 'volumes',
    },
  ];
  const offered = kinds.flatMap((kind) => {
    const count = kind.select ? find({ ...none, [kind.select]: true }).length : 0;
    return count > 0 ? { ...kind, description: plainText(`${count} · ${kind.description}`) } : [];
  });
  const everything: PruneOptions = { ...none, containers: true, pods: true, volumes: true };
  // The plan says that there is nothing to remove.
  if (offered.length === 0) return everything;
  const filters = filterChoices(find(everything), now);
  const title = plainText(l10n.t('Prune Stopped Pods and Containers'));
  const chosen = await pickMany([...offered, ...filters], { title });
  if (!chosen?.some(({ select }) => select)) return undefined;
  const ages = chosen.flatMap(({ olderThan }) => olderThan ?? []);
  const isChosen = (kind: Choice['select']) => chosen.some(({ select }) => select === kind);
  return {
    containers: isChosen('containers'),
    pods: isChosen('pods'),
    volumes: isChosen('volumes'),
    until: ages.length > 0 ? now - Math.max(...ages) : undefined,
    labels: chosen.flatMap(({ withLabel }) => withLabel ?? []),
  };
}

/** The ages and labels of some of the nodes. */
function filterChoices(nodes: readonly PlanNode[], now: number): Choice[] {
  const withCount = (count: number, choice: Choice): Choice[] =>
    count > 0 && count < nodes.length ? [{ ...choice, description: plainText(String(count)) }] : [];
  const ages = [
    { text: l10n.t('Older than an hour'), ms: hour },
    { text: l10n.t('Older than a day'), ms: 24 * hour },
    { text: l10n.t('Older than a week'), ms: 7 * 24 * hour },
    { text: l10n.t('Older than 30 days'), ms: 30 * 24 * hour },
  ].flatMap(({ text, ms }) => {
    const old = nodes.filter(({ createdAt }) => createdAt !== undefined && createdAt < now - ms);
    return withCount(old.length, { label: plainText(text), olderThan: ms });
  });
  const counts = new Map<string, number>();
  for (const { labels } of nodes) {
    for (const [name, value] of Object.entries(labels)) {
      const text = `${name}=${value}`;
      if (text.length <= maxLabelLength) counts.set(text, (counts.get(text) ?? 0) + 1);
    }
  }
  const labels = [...counts]
    .flatMap(([text, count]) => withCount(count, { label: plainText(text), withLabel: text }))
    .sort((one, other) => Number(other.description) - Number(one.description))
    .slice(0, maxLabels);
  return [
    ...(ages.length > 0 ? [separator(l10n.t('Only of this age')), ...ages] : []),
    ...(labels.length > 0 ? [separator(l10n.t('Only with these labels')), ...labels] : []),
  ];
}

function separator(text: string): Choice {
  return { label: plainText(text), kind: QuickPickItemKind.Separator };
}

/** Whether a command argument is prune options and not a tree element. */
function isPruneOptions(given: unknown): given is PruneOptions {
  return typeof given === 'object' && given !== null && 'labels' in given && 'containers' in given && 'pods' in given;
}
