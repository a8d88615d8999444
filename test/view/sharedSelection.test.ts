import { describe, expect, it } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import { SelectionSync } from '../../src/view/selectionSync';
import type { NodeElement, TreeElement } from '../../src/view/tree/treeElement';
import { nullLog } from '../silent';
import { containerKey } from './picture';

const place = (key: NodeKey): NodeElement => ({ kind: 'node', id: key, parent: undefined, key, closesCycle: false });

/** A tree of the editor's that tells of what is revealed in it as of what a person selects. */
function shared(visible = true) {
  const revealed: NodeKey[] = [];
  const told: (readonly NodeKey[])[] = [];
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
  const nodesAt = (places: readonly TreeElement[]) => places.map((at) => (at as NodeElement).key);
  const selection = new SelectionSync(view, { find: place }, nodesAt, nullLog);
  selection.onDidChange((keys) => told.push(keys));
  const person = (...names: string[]) => {
    view.selection = names.map((name) => place(containerKey(name)));
    selection.handleTreeSelection();
  };
  return { selection, revealed, told, person, settled: () => new Promise((resolve) => setImmediate(resolve)) };
}

describe('the selection that tree and drawing share', () => {
  it('is told when a person selects in the tree, once a node', () => {
    const { told, person } = shared();
    person('web', 'db', 'web');
    expect(told).toEqual([[containerKey('web'), containerKey('db')]]);
  });

  it('is followed, and not told back', async () => {
    const { selection, revealed, told, settled } = shared();
    selection.select([containerKey('web')]);
    await settled();
    expect(revealed).toEqual([containerKey('web')]);
    expect(told).toEqual([]);
  });

  it('follows only the last of many wishes', async () => {
    const { selection, revealed, settled } = shared();
    for (const name of ['a', 'b', 'c']) selection.select([containerKey(name)]);
    await settled();
    expect(revealed).toEqual([containerKey('a'), containerKey('c')]);
  });

  it('is left alone in a tree that nobody sees', async () => {
    const { selection, revealed, settled } = shared(false);
    selection.select([containerKey('web')]);
    await settled();
    expect(revealed).toEqual([]);
  });
});
