import { l10n } from 'vscode';
import { formatAddress, type TlsFiles } from '../engine/address';
import type { ConnectionSetting, NamedAddress } from '../engine/discovery/connection';
import type { ListedConnection } from '../engine/discovery/preferences';
import type { EngineId } from '../graph/model/model';
import { asArray, asObject, asTrimmed } from '../graph/model/untrusted';
import type { GraphSnapshot } from '../service/service';
import { askForText, type PickItem, pickManyOr } from './display';
import { defaultText, duplicateText, engineStateText, sourceText } from './text/engines';
import { plainMessage, plainText, withIcon } from './text/format';

/** The entries of `podgraph.connections` that have an address; all others are ignored. */
export function parseConnections(value: unknown): ConnectionSetting[] {
  return asArray(value).flatMap((entry): ConnectionSetting[] => {
    if (typeof entry === 'string') return asTrimmed(entry) ? [entry.trim()] : [];
    const { address, name, hidden, identity, tls } = asObject(entry);
    const text = asTrimmed(address);
    if (!text) return [];
    const named: NamedAddress = {
      address: text,
      name: asTrimmed(name),
      hidden: hidden === true,
      identity: asTrimmed(identity),
      tls: tls === undefined || tls === null || tls === false ? undefined : tlsFiles(tls),
    };
    return [named];
  });
}

function tlsFiles(value: unknown): TlsFiles {
  const { ca, cert, key } = asObject(value);
  return { ca: asTrimmed(ca), cert: asTrimmed(cert), key: asTrimmed(key) };
}

interface Item extends PickItem {
  readonly id: EngineId;
}

/** Shows a pick of the connections to show, which also offers to add one; undefined if canceled. */
export async function pickConnections(
  listed: readonly ListedConnection[],
  engines: GraphSnapshot['engines'],
): Promise<{ readonly ids: ReadonlySet<EngineId>; readonly wantsNew: boolean } | undefined> {
  const shownInstead = (id: EngineId) =>
    [...engines.values()].find(({ duplicates }) => duplicates?.some((duplicate) => duplicate.id === id));
  const items = listed.map((connection): Item => {
    const { id, label, address, isHidden } = connection;
    const status = engines.get(id);
    const isLive = status?.state === 'live';
    const title = isLive && status.info ? plainText(status.info.title) : undefined;
    const endpoint = plainText(formatAddress(address));
    // The address is in the description.
    const name = endpoint.endsWith(plainText(label)) && title ? title : plainText(label);
    const details = [
      status && !isLive ? engineStateText(status) : title === name ? undefined : title,
      sourceText(connection),
      defaultText(connection.defaultFor),
      duplicateText(shownInstead(id)?.label),
    ];
    return {
      id,
      label: withIcon(!status ? '$(circle-slash)' : isLive ? '$(server)' : '$(warning)', name),
      description: endpoint === name ? plainText('') : endpoint,
      detail: plainMessage(details.filter(Boolean).join(' · ')),
      picked: !isHidden,
    };
  });
  const add = { label: withIcon('$(add)', plainText(l10n.t('Add Connection…'))), alwaysShow: true };
  const answer = await pickManyOr(items, add, {
    matchOnDescription: true,
    title: plainText(l10n.t('Connections')),
    placeHolder: plainText(l10n.t('Select engines to show')),
  });
  return answer && { ids: new Set(answer.picked.map(({ id }) => id)), wantsNew: answer.isAction };
}

/** Prompts for a connection's display name; empty restores the default. */
export function promptName(connection: ListedConnection): Thenable<string | undefined> {
  return askForText({
    title: plainMessage(l10n.t('Name of {0}', plainText(formatAddress(connection.address)))),
    prompt: plainMessage(l10n.t('Leave empty to use the default name.')),
    value: connection.label,
  });
}
