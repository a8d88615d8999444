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

/** Commands that no suite runs, each with the reason. */
const untried: Readonly<Partial<Record<keyof typeof commandIds, string>>> = {};

it('every command is run in a window: in the suites inside VS Code, or as a person does in the UI suite', () => {
  const inHost = all('test/host');
  const inWorkbench = all('test/ui');
  const { contributes } = JSON.parse(read('package.json')) as {
    contributes: { commands: readonly { command: string; title: string }[] };
  };
  const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
  const titleOf = (id: string) => {
    const entry = contributes.commands.find(({ command }) => command === id);
    return texts[entry?.title.replaceAll('%', '') ?? ''] ?? '';
  };
  /** By the palette, a menu, a button of the title or of a message: see `PodgraphWindow`. */
  const pressed = new Set(
    [...inWorkbench.matchAll(/(?:runFromPalette|chooseFromMenu|pressInTitle|pressInToast)\(([^;]*?)\);/g)].flatMap(
      ([, given = '']) => [...given.matchAll(/(['"])(?:Podgraph: )?(.*?)\1/g)].map(([, , words = '']) => words),
    ),
  );
  const isTried = (name: string, id: string) =>
    new RegExp(`\\bcommandIds\\.${name}\\b`).test(inHost) || pressed.has(titleOf(id).replaceAll('?', '\\\\?'));
  const missing = Object.entries(commandIds).filter(([name, id]) => !isTried(name, id) && !(name in untried));
  expect(missing.map(([name]) => name)).toEqual([]);
  const needless = Object.keys(untried).filter((name) => isTried(name, commandIds[name as keyof typeof commandIds]));
  expect(needless).toEqual([]);
});
