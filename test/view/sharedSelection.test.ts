import { describe, expect, it } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import { SelectionSync } from '../../src/view/selectionSync';
import type { NodeElement, TreeElement } from '../../src/view/tree/treeElement';
import { nullLog } from '../silent';
import { containerKey } from './graphSpec';

const elementFor = (key: NodeKey): NodeElement => ({
  kind: 'node',
  id: key,
  parent: undefined,
  key,
  closesCycle: false,
});

/** A tree view that reports revealed elements as selected, like VS Code. */
function shared(visible = true) {
  const revealed: NodeKey[] = [];
  const reported: (readonly NodeKey[])[] = [];
  const view = {
    visible,
    selection: [] as TreeElement[],
    reveal: async (at: TreeElement) => {
      await Promise.resolve();
      view.selection = [at];
      revealed.push((at as NodeElement).key);
      selection.handleTreeSelection();
    },
  };
  const nodesAt = (elements: readonly TreeElement[]) => elements.map((at) => (at as NodeElement).key);
  const selection = new SelectionSync(view, { find: elementFor }, nodesAt, nullLog);
  selection.onDidChange((keys) => reported.push(keys));
  const userSelects = (...names: string[]) => {
    view.selection = names.map((name) => elementFor(containerKey(name)));
    selection.handleTreeSelection();
  };
  return { selection, revealed, reported, userSelects, settled: () => new Promise((resolve) => setImmediate(resolve)) };
}

describe('the synchronized selection', () => {
  it('is reported once per node when the user selects in the tree', () => {
    const { reported, userSelects } = shared();
    userSelects('web', 'db', 'web');
    expect(reported).toEqual([[containerKey('web'), containerKey('db')]]);
  });

  it('is applied without an echo', async () => {
    const { selection, revealed, reported, settled } = shared();
    selection.select([containerKey('web')]);
    await settled();
    expect(revealed).toEqual([containerKey('web')]);
    expect(reported).toEqual([]);
  });

  it('applies only the last request', async () => {
    const { selection, revealed, settled } = shared();
    for (const name of ['a', 'b', 'c']) selection.select([containerKey(name)]);
    await settled();
    expect(revealed).toEqual([containerKey('a'), containerKey('c')]);
  });

  it('is not applied to a hidden tree', async () => {
    const { selection, revealed, settled } = shared(false);
    selection.select([containerKey('web')]);
    await settled();
    expect(revealed).toEqual([]);
  });
});
