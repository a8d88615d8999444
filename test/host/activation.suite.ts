import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandIds } from '../../src/view/ids';
import { podgraph } from './podgraph';

describe('activation', () => {
  it('registers exactly the commands of `commandIds`', async () => {
    await podgraph();
    // VS Code adds commands for the view, such as `podgraph.tree.focus`.
    const own = (await vscode.commands.getCommands(true)).filter((id) => /^podgraph\.[^.]+$/.test(id));
    assert.deepEqual(own.sort(), Object.values<string>(commandIds).sort());
  });

  it('does not connect before the view is visible', async () => {
    const { service, view } = await podgraph();
    if (!view.visible) assert.equal(service.snapshot.engines.size, 0);
  });

  it('has defaults for settings', () => {
    const settings = vscode.workspace.getConfiguration('podgraph');
    assert.equal(settings.get('maxConcurrency'), 0);
    assert.equal(settings.get('stopTimeout'), null);
    assert.equal(settings.get('confirmRemoval'), 'always');
  });
});
