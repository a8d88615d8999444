import { l10n } from 'vscode';
import { type NodeKey, shortId } from '../../graph/model/model';
import { volumeName, volumeResults } from '../../graph/plan/anonymousVolumes';
import type { Plan, PlannedVolume } from '../../graph/plan/plan';
import type { Report } from '../../graph/plan/report';
import { type DisplayText, plainText, sizeText, summarizeNames } from './format';

/** Maximum number of volumes in one sentence. */
const maxNamed = 4;

/** Bytes of volumes, as far as they could be measured; undefined if that was not tried. */
export type VolumeSizes = ReadonlyMap<NodeKey, number> | undefined;

/** Label of the button that saves the volumes, then deletes them. */
export function backUpText(count: number): string {
  return count === 1 ? l10n.t('Back Up and Delete 1 Volume…') : l10n.t('Back Up and Delete {0} Volumes…', count);
}

/** Label of the check box of a plan that deletes volumes. */
export function backUpOptionText(folder: string | undefined): string {
  return folder === undefined
    ? l10n.t('Back up volumes before they are deleted…')
    : l10n.t('Back up volumes to {0} before they are deleted', plainText(folder));
}

/** What becomes of the anonymous volumes of a plan, one sentence each; nothing about those of retained containers. */
export function volumeFacts(plan: Plan, sizes?: VolumeSizes): string[] {
  const namesOf = (matches: (volume: PlannedVolume) => boolean) =>
    plan.volumes.filter(matches).map((volume) => withSize(volumeText(volume, plan), volume, sizes));
  const kept = namesOf(({ choice, fixed }) => choice === 'keep' && fixed === undefined);
  const deleted = namesOf(({ choice, fixed }) => choice === 'delete' && fixed === undefined);
  const autoRemoved = namesOf(({ fixed }) => fixed === 'autoRemove');
  const infra = namesOf(({ fixed }) => fixed === 'infra');
  const lines: string[] = [];
  const add = (names: readonly string[], one: (list: string) => string, several: (list: string) => string) => {
    if (names.length > 0) lines.push((names.length === 1 ? one : several)(summarizeNames(names, maxNamed)));
  };
  add(
    kept,
    (list) => l10n.t('1 anonymous volume will be kept: {0}.', list),
    (list) => l10n.t('{0} anonymous volumes will be kept: {1}.', kept.length, list),
  );
  const { backupFolder } = plan.options;
  const folder = plainText(backupFolder ?? '');
  if (backupFolder !== undefined) {
    add(
      deleted,
      (list) => l10n.t('1 anonymous volume will be backed up to {0}, then deleted: {1}.', folder, list),
      (list) =>
        l10n.t('{0} anonymous volumes will be backed up to {1}, then deleted: {2}.', deleted.length, folder, list),
    );
  } else
    add(
      deleted,
      (list) => l10n.t('1 anonymous volume and its data will be permanently deleted: {0}.', list),
      (list) => l10n.t('{0} anonymous volumes and their data will be permanently deleted: {1}.', deleted.length, list),
    );
  const byEngine = (list: string) => l10n.t("Can't be kept, because the engine deletes volumes with --rm: {0}.", list);
  add(autoRemoved, byEngine, byEngine);
  const byPod = (list: string) => l10n.t("Can't be kept, because Podman deletes volumes with their pod: {0}.", list);
  add(infra, byPod, byPod);
  return lines;
}

function withSize(text: DisplayText, volume: PlannedVolume, sizes: VolumeSizes): string {
  const size = sizes?.get(volume.key) ?? volume.size;
  if (!sizes && size === undefined) return text;
  return l10n.t('{0} ({1})', text, size === undefined ? l10n.t('size unknown') : sizeText(size));
}

/** What becomes of one volume, for its row. */
export function volumeFact({ choice, fixed }: PlannedVolume): string {
  switch (fixed) {
    case 'shared':
      return l10n.t('kept: a container that is kept mounts it');
    case 'autoRemove':
      return l10n.t('the engine deletes it with its container (--rm)');
    case 'infra':
      return l10n.t('Podman deletes it with its pod');
    case undefined:
      return choice === 'keep' ? l10n.t('kept') : l10n.t('permanently deletes its data');
  }
}

/** Label of the check box for all volumes. */
export function deleteAllVolumesText(count: number): string {
  return l10n.t('Delete the {0} anonymous volumes', count);
}

/** `0123456789ab of db` */
function volumeText(volume: PlannedVolume, { nodes }: Pick<Plan, 'nodes'>): DisplayText {
  const [container] = volume.containers;
  const node = container && nodes.get(container)?.node;
  const name = shortId(plainText(volumeName(volume)));
  return plainText(node ? l10n.t('{0} of {1}', name, plainText(node.name)) : name);
}

/** What a run has done with anonymous volumes, one sentence each; nothing about those deleted as planned. */
export function volumeSentences(report: Report): string[] {
  const results = volumeResults(report);
  const count = (kind: string) => results.filter(({ result }) => result === kind).length;
  const [kept, lost, left] = [count('kept'), count('lost'), count('left')];
  const sentences: string[] = [];
  if (kept === 1) sentences.push(l10n.t('1 anonymous volume was kept; Prune deletes it.'));
  if (kept > 1) sentences.push(l10n.t('{0} anonymous volumes were kept; Prune deletes them.', kept));
  const saved = report.backups?.length ?? 0;
  if (saved > 0) {
    const folder = plainText(report.plan.options.backupFolder ?? '');
    sentences.push(
      saved === 1
        ? l10n.t('1 volume was backed up to {0}.', folder)
        : l10n.t('{0} volumes were backed up to {1}.', saved, folder),
    );
  }
  if (lost > 0) sentences.push(l10n.t('Anonymous volumes that should have been kept are gone: {0}.', lost));
  if (left > 0) sentences.push(l10n.t('Anonymous volumes that should have been deleted still exist: {0}.', left));
  return sentences;
}
