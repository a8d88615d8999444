import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandIds } from '../../src/view/ids';
import { podgraph } from './podgraph';

describe('activation', () => {
  it('registers every command of the names file, and no other', async () => {
    await podgraph();
    // The editor adds some for the view, `podgraph.tree.focus` and the like.
    const own = (await vscode.commands.getCommands(true)).filter((id) => /^podgraph\.[^.]+$/.test(id));
    assert.deepEqual(own.sort(), Object.values<string>(commandIds).sort());
  });

  it('connects to nothing before the view is looked at', async () => {
    const { service, view } = await podgraph();
    if (!view.visible) assert.equal(service.snapshot.engines.size, 0);
  });

  it('gives defaults to every setting', () => {
    const settings = vscode.workspace.getConfiguration('podgraph');
    assert.equal(settings.get('maxConcurrency'), 'auto');
    assert.equal(settings.get('stopTimeout'), null);
    assert.equal(settings.get('confirmRemoval'), 'always');
  });
});
