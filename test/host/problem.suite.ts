import assert from 'node:assert/strict';
import os from 'node:os';
import * as vscode from 'vscode';
import { commandIds } from '../../src/view/ids';
import { podgraph } from './podgraph';

/** Resolves with the next document that is shown in an editor. */
function nextDocument(): Promise<vscode.TextDocument> {
  return new Promise((resolve) => {
    const listening = vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (!editor) return;
      listening.dispose();
      resolve(editor.document);
    });
  });
}

describe('a report of a problem', () => {
  after(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  it('is a text to read and change, which names the versions and not the machine', async () => {
    await podgraph();
    const shown = nextDocument();
    // It ends only with an answer to its message.
    void vscode.commands.executeCommand(commandIds.reportProblem);
    const document = await shown;
    assert.equal(document.isUntitled, true);
    assert.equal(document.languageId, 'markdown');
    const text = document.getText();
    assert.match(text, /^## Versions$/m);
    assert.match(text, /^- Podgraph: \d+\.\d+\.\d+$/m);
    assert.ok(text.includes(`- VS Code: ${vscode.version} (`));
    assert.match(text, /^## Log$/m);
    assert.ok(!text.includes(os.hostname()));
  });
});
