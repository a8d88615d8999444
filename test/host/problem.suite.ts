import assert from 'node:assert/strict';
import os from 'node:os';
import * as vscode from 'vscode';
import { commandIds } from '../../src/view/ids';
import { podgraph } from './podgraph';

/** Resolves with the next document shown in an editor. */
function nextDocument(): Promise<vscode.TextDocument> {
  return new Promise((resolve) => {
    const subscription = vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (!editor) return;
      subscription.dispose();
      resolve(editor.document);
    });
  });
}

describe('a problem report', () => {
  after(() => vscode.commands.executeCommand('workbench.action.closeActiveEditor'));

  it('is a named, read-only document with versions and without the host name', async () => {
    await podgraph();
    const shown = nextDocument();
    // The command resolves when its message is answered.
    void vscode.commands.executeCommand(commandIds.reportProblem);
    const document = await shown;
    assert.equal(document.isUntitled, false);
    assert.equal(document.fileName, '/podgraph-problem.md');
    assert.equal(document.languageId, 'markdown');
    const text = document.getText();
    assert.match(text, /^## Versions$/m);
    assert.match(text, /^- Podgraph: \d+\.\d+\.\d+$/m);
    assert.ok(text.includes(`- VS Code: ${vscode.version} (`));
    assert.match(text, /^## Log$/m);
    // As a word: a random folder name may contain a short one.
    assert.ok(!text.split(/\W+/).includes(os.hostname()), text);
  });
});
