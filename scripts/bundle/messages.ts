import { getL10nJson, type l10nJsonFormat } from '@vscode/l10n-dev';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../lab';

/** The English message bundle, source of translations. */
export const messageBundle = path.join(projectRoot, 'l10n', 'bundle.l10n.json');

/** Extracts the messages of all `l10n.t` calls. Sorted, so that a moved message does not change the bundle. */
export async function exportMessages(): Promise<l10nJsonFormat> {
  const folder = path.join(projectRoot, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const sources = files.map((name) => ({ extension: '.ts', contents: readFileSync(path.join(folder, name), 'utf8') }));
  const messages = Object.entries(await getL10nJson(sources));
  return Object.fromEntries(messages.sort(([a], [b]) => (a < b ? -1 : 1)));
}
