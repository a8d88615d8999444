import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { mermaidOf } from '../../graph/drawing/mermaid';
import { sceneOf } from '../../graph/drawing/scene';
import type { Picture } from '../tree/treeModel';
import { showInformation } from '../display';
import { plainMessage } from '../words/plainText';
import { boxLabel, nameIn } from './face';
import type { Drawing } from './messages';
import { svgText } from './svgText';

/** Asks where to, and writes the drawing there as a picture. */
export async function saveSvg(drawing: Drawing): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder, 'podgraph.svg'),
    filters: { SVG: ['svg'] },
    title: vscode.l10n.t('Export Graph as SVG'),
  });
  if (!target) return undefined;
  const text = svgText(drawing, vscode.l10n.t('Dependency graph'));
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  const open = vscode.l10n.t('Open');
  const saved = plainMessage(vscode.l10n.t('The graph was saved as {0}.', path.basename(target.path)));
  void showInformation(saved, open).then(
    (answer) => answer === open && vscode.commands.executeCommand('vscode.open', target),
  );
  return target;
}

/** Opens all that is shown, nothing folded, as Mermaid's text in a new document. */
export async function showMermaid({ graph, engines, visible }: Picture, engineLabel: (id: string) => string) {
  const scene = sceneOf(graph, { engines: engines.keys(), folds: new Map(), large: false, visible });
  const nodeLabel = (key: Parameters<typeof nameIn>[1]) => nameIn(graph, key);
  const content = mermaidOf(scene, { engineLabel, boxLabel, nodeLabel });
  const known = await vscode.languages.getLanguages();
  const language = known.includes('mermaid') ? 'mermaid' : 'plaintext';
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language }));
}
