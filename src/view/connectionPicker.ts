import { l10n } from 'vscode';
import { formatAddress } from '../engine/address';
import type { Listed } from '../engine/connections/choices';
import type { EngineId } from '../graph/model';
import type { GraphSnapshot } from '../service/service';
import type { PickItem } from './display';
import { askForText, pickMany } from './display';
import { plainMessage, plainText } from './words/plainText';
import { defaultWords, sameWords, sourceWords } from './words/connection';

interface Item extends PickItem {
  readonly id: EngineId;
}

/** Lets a person tick which of the listed connections are shown. Undefined when the choice was given up. */
export async function pickConnections(
  listed: readonly Listed[],
  engines: GraphSnapshot['engines'],
): Promise<ReadonlySet<EngineId> | undefined> {
  const first = (id: EngineId) => [...engines.values()].find(({ twins }) => twins?.some((twin) => twin.id === id));
  const items = listed.map((connection): Item => {
    const { id, label, address, isHidden } = connection;
    const more = [sourceWords(connection), defaultWords(connection.defaultOf), sameWords(first(id)?.label)];
    return {
      id,
      label: plainText(label),
      description: plainText(formatAddress(address)),
      detail: plainMessage(more.filter(Boolean).join(' · ')),
      picked: !isHidden,
    };
  });
  const picked = await pickMany(items, {
    matchOnDescription: true,
    title: plainText(l10n.t('Connections')),
    placeHolder: plainText(l10n.t('Tick the engines to show')),
  });
  return picked && new Set(picked.map(({ id }) => id));
}

/** Asks what a connection is to be called; empty gives it back its own name. */
export function askForName(connection: Listed): Thenable<string | undefined> {
  return askForText({
    title: plainMessage(l10n.t('Name of {0}', plainText(formatAddress(connection.address)))),
    prompt: plainMessage(l10n.t('Leave it empty to use its own name again.')),
    value: connection.label,
  });
}
