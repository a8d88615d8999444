import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { commandIds } from '../../src/view/ids';

const root = path.resolve(import.meta.dirname, '../..');
const read = (...names: string[]) => readFileSync(path.join(root, ...names), 'utf8');
const all = (folder: string) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(folder, name))
    .join('\n');

/** Commands that no suite runs, with the reason. */
const uncovered: Readonly<Partial<Record<keyof typeof commandIds, string>>> = {};

it('every command is run in a window, by the host suite or through the UI', () => {
  const hostSource = all('test/host');
  const uiSource = all('test/ui');
  const { contributes } = JSON.parse(read('package.json')) as {
    contributes: { commands: readonly { command: string; title: string }[] };
  };
  const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
  const titleOf = (id: string) => {
    const entry = contributes.commands.find(({ command }) => command === id);
    return texts[entry?.title.replaceAll('%', '') ?? ''] ?? '';
  };
  /** Titles used in palette, menus, title bar and notifications: see `PodgraphWindow`. */
  const invoked = new Set(
    [...uiSource.matchAll(/(?:runFromPalette|chooseFromMenu|clickInTitle|clickInToast)\(([^;]*?)\);/g)].flatMap(
      ([, given = '']) => [...given.matchAll(/(['"])(?:Podgraph: )?(.*?)\1/g)].map(([, , title = '']) => title),
    ),
  );
  const isCovered = (name: string, id: string) =>
    new RegExp(`\\bcommandIds\\.${name}\\b`).test(hostSource) || invoked.has(titleOf(id).replaceAll('?', '\\\\?'));
  const missing = Object.entries(commandIds).filter(([name, id]) => !isCovered(name, id) && !(name in uncovered));
  expect(missing.map(([name]) => name)).toEqual([]);
  const unneeded = Object.keys(uncovered).filter((name) =>
    isCovered(name, commandIds[name as keyof typeof commandIds]),
  );
  expect(unneeded).toEqual([]);
});
