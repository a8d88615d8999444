import { afterEach, expect, it, vi } from 'vitest';
import { promptPruneOptions } from '../../src/commands/prune';
import * as editor from './vscodeMock';

interface Offered {
  readonly label: string;
  readonly picked?: boolean;
}

/** A user who also selects these kinds, the first age and these labels. */
function answering(ticks: readonly string[], labels = '') {
  const offered: (readonly Offered[])[] = [];
  Object.assign(editor.window, {
    showQuickPick: async (items: readonly Offered[], { canPickMany }: { readonly canPickMany?: boolean }) => {
      offered.push(items);
      return canPickMany ? items.filter(({ label, picked }) => picked === true || ticks.includes(label)) : items[0];
    },
    showInputBox: async () => labels,
  });
  return offered;
}

afterEach(() => {
  Object.assign(editor.window, { showQuickPick: undefined, showInputBox: undefined });
  vi.restoreAllMocks();
});

it('offers volumes, not selected by default', async () => {
  const [kinds] = [answering([])];
  expect(await promptPruneOptions(0)).toMatchObject({ containers: true, pods: true, volumes: false });
  expect(kinds[0]?.map(({ label, picked }) => [label, picked ?? false])).toEqual([
    ['Containers', true],
    ['Pods', true],
    ['Volumes', false],
  ]);
  answering(['Volumes'], ' tier=x , old,');
  expect(await promptPruneOptions(0)).toEqual({
    containers: true,
    pods: true,
    volumes: true,
    until: undefined,
    labels: ['tier=x', 'old'],
  });
});
