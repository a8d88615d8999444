import * as vscode from 'vscode';
import { homedir } from 'node:os';
import path from 'node:path';
import { toMermaid } from '../../graph/layout/mermaid';
import { buildScene } from '../../graph/layout/scene';
import { showInformation } from '../display';
import { plainMessage } from '../text/format';
import type { TreeInput } from '../tree/treeModel';
import type { GraphModel, NodeModel, Tone } from './messages';
import { boxLabel, nameIn } from './nodePresentation';
import {
  type Icon,
  iconAt,
  icons,
  lineSize,
  nameSize,
  shield,
  textSpace,
  textStart,
  truncateToWidth,
} from './svgShapes';

/** Colours of a picture that stands alone, on light and on dark ground. */
const style = `
  svg { background: #ffffff; font-family: system-ui, sans-serif; }
  text { fill: #1f1f1f; } .line { fill: #5a5a5a; }
  .node { fill: #ffffff; stroke: #8a8a8a; } .frame { fill: #f3f3f3; stroke: #8a8a8a; }
  .edge { fill: none; stroke: #6b6b6b; } .soft { stroke-dasharray: 5 4; } .tip { fill: #6b6b6b; }
  .sign { fill: none; stroke-width: 1.4; } .solid { stroke: none; }
  .good { stroke: #2f7d32; } .warn { stroke: #9a6700; } .bad { stroke: #c42b1c; } .quiet { stroke: #6b6b6b; }
  .solid.good { fill: #2f7d32; } .solid.warn { fill: #9a6700; } .solid.bad { fill: #c42b1c; } .solid.quiet { fill: #6b6b6b; }
  @media (prefers-color-scheme: dark) {
    svg { background: #1f1f1f; } text { fill: #e6e6e6; } .line { fill: #b0b0b0; }
    .node { fill: #1f1f1f; stroke: #8a8a8a; } .frame { fill: #2a2a2a; }
    .edge { stroke: #a8a8a8; } .tip { fill: #a8a8a8; }
  }`;

/** The drawing as an SVG file: without script, without anything remote, and with every name as text. */
export function toSvg({ width, height, engines, nodes, edges }: GraphModel, title: string): string {
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${style}</style>`,
    '<defs>',
    arrowHead('hard', 'M0 0L8 4L0 8z', 'tip'),
    arrowHead('soft', 'M1 1L7 4L1 7', 'edge'),
    '</defs>',
    ...engines.map(({ x, y, label }) => asString(x, y + 14, 15, 'name', label)),
    ...nodes.filter(isFrame).map(nodeText),
    ...edges.map(({ path, hard, label: text }) => {
      const kind = hard ? 'hard' : 'soft';
      const about = `<title>${escape(text)}</title>`;
      return `<path class="edge ${kind}" d="${path}" marker-end="url(#${kind})">${about}</path>`;
    }),
    ...nodes.filter((node) => !isFrame(node)).map(nodeText),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

const isFrame = (node: NodeModel) => node.collapsed === false;

function arrowHead(id: string, path: string, className: string): string {
  const size = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse"';
  return `<marker id="${id}" ${size} orient="auto"><path class="${className}" d="${path}"/></marker>`;
}

function nodeText(node: NodeModel): string {
  const { x, y, width, height, label, subtitle, ariaLabel, shape, tone, isProtected } = node;
  const room = textSpace(width);
  const top = y + (isFrame(node) ? 15 : height / 2);
  const text = isFrame(node) ? [`${label} · ${subtitle}`] : [label, subtitle];
  return [
    `<g><title>${escape(ariaLabel)}</title>`,
    `<rect class="${isFrame(node) ? 'frame' : 'node'}" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>`,
    signText(x + 10, top - 8, icons[shape], tone),
    isProtected ? signText(x + width - 22, top - 8, shield, 'muted') : '',
    text.length === 1
      ? asString(x + textStart, top + 5, nameSize, 'name', truncateToWidth(text[0] ?? '', nameSize, room))
      : asString(x + textStart, top - 3, nameSize, 'name', truncateToWidth(label, nameSize, room)) +
        asString(x + textStart, top + 13, lineSize, 'line', truncateToWidth(subtitle, lineSize, room)),
    '</g>',
  ].join('');
}

function signText(x: number, y: number, sign: Icon, tone: Tone): string {
  return `<path class="sign ${tone}${sign.solid ? ' solid' : ''}" d="${iconAt(sign, x, y)}"/>`;
}

function asString(x: number, y: number, size: number, className: string, text: string): string {
  return `<text class="${className}" x="${x}" y="${y}" font-size="${size}">${escape(text)}</text>`;
}

/** Names are text; what XML allows in no form at all is left out. */
function escape(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])/g, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

/** Asks where to, and writes the drawing there as a picture. */
export async function saveSvg(drawing: GraphModel): Promise<vscode.Uri | undefined> {
  const dir = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(dir, 'podgraph.svg'),
    filters: { SVG: ['svg'] },
    title: vscode.l10n.t('Export Graph as SVG'),
  });
  if (!target) return undefined;
  const text = toSvg(drawing, vscode.l10n.t('Dependency graph'));
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  const open = vscode.l10n.t('Open');
  const saved = plainMessage(vscode.l10n.t('The graph was saved as {0}.', path.basename(target.path)));
  void showInformation(saved, open).then(
    (answer) => answer === open && vscode.commands.executeCommand('vscode.open', target),
  );
  return target;
}

/** Opens all that is shown, nothing folded, as Mermaid's text in a new document. */
export async function showMermaid({ graph, engines, visible }: TreeInput, engineLabel: (id: string) => string) {
  const scene = buildScene(graph, { engines: engines.keys(), collapsed: new Map(), autoCollapse: false, visible });
  const nodeLabel = (key: Parameters<typeof nameIn>[1]) => nameIn(graph, key);
  const content = toMermaid(scene, { engineLabel, boxLabel, nodeLabel });
  const knownNodes = await vscode.languages.getLanguages();
  const language = knownNodes.includes('mermaid') ? 'mermaid' : 'plaintext';
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language }));
}
