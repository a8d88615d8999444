import { l10n } from 'vscode';
import type { PodgraphService, RecordedRemoval } from '../service/service';
import { pick, showInformation } from '../view/display';
import { countAll, joinList, plainMessage, plainText } from '../view/text/format';

/**
 * Asks which of the recorded removals to bring back. Resolves with undefined if there is none or the user cancels.
 *
 * @param id of the removal, if the caller knows it
 */
export async function chooseRemoval(
  service: Pick<PodgraphService, 'removals'>,
  id?: string,
): Promise<RecordedRemoval | undefined> {
  const removals = await service.removals();
  const known = removals.find((one) => one.id === id);
  if (known) return known;
  if (removals.length === 0) return void showInformation(plainMessage(l10n.t('No removal can be brought back.')));
  const items = removals.map((removal) => ({
    label: plainText(countAll(removal.counts)),
    description: plainText(joinList(removal.engines.map(({ label }) => plainText(label)))),
    detail: plainText(new Date(removal.at).toLocaleString()),
    removal,
  }));
  return (await pick(items, { title: plainText(l10n.t('Bring Back a Removal')) }))?.removal;
}
