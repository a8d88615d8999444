import * as vscode from 'vscode';
import { homedir } from 'node:os';
import path from 'node:path';
import { toMermaid } from '../../graph/layout/mermaid';
import { buildScene } from '../../graph/layout/scene';
import type { NodeKey } from '../../graph/model/model';
import { showInformation } from '../display';
import { plainMessage } from '../text/format';
import { edgeLabel } from '../text/paths';
import { stateText } from '../text/state';
import type { TreeInput } from '../tree/treeModel';
import { nameIn, nodeStyle } from '../nodeState';
import type { Tone } from '../nodeShape';
import type { GraphModel, NodeModel } from './messages';
import { boxLabel } from './nodePresentation';
import {
  type Icon,
  iconAt,
  iconClass,
  icons,
  subtitleSize,
  nameSize,
  marksOf,
  markWidth,
  textSpace,
  textStart,
  textWidth,
  truncateToWidth,
} from './svgShapes';

/** Colors of the exported file, which has no theme. */
const style = `
  svg { background: #ffffff; font-family: system-ui, sans-serif; }
  text { fill: #1f1f1f; } .subtitle { fill: #5a5a5a; }
  .node { fill: #ffffff; stroke: #8a8a8a; } .frame { fill: #f3f3f3; stroke: #8a8a8a; }
  .edge { fill: none; stroke: #6b6b6b; } .arrow { fill: #6b6b6b; } .namespace { stroke-width: 2; }
  .detached { stroke-dasharray: 5 4; } .volumes { stroke-dasharray: 7 3; } .order { stroke-dasharray: 2 3; }
  .edge-label { fill: #5a5a5a; text-anchor: middle; stroke: #ffffff; stroke-width: 3; paint-order: stroke; }
  .icon { fill: none; stroke-width: 1.4; } .solid { stroke: none; } .dotted { stroke-dasharray: 1.6 2.1; }
  .good { stroke: #2f7d32; } .warn { stroke: #9a6700; } .bad { stroke: #c42b1c; } .muted { stroke: #6b6b6b; }
  .solid.good { fill: #2f7d32; } .solid.warn { fill: #9a6700; } .solid.bad { fill: #c42b1c; } .solid.muted { fill: #6b6b6b; }
  @media (prefers-color-scheme: dark) {
    svg { background: #1f1f1f; } text { fill: #e6e6e6; } .subtitle { fill: #b0b0b0; }
    .node { fill: #1f1f1f; stroke: #8a8a8a; } .frame { fill: #2a2a2a; }
    .edge { stroke: #a8a8a8; } .arrow { fill: #a8a8a8; } .edge-label { fill: #b0b0b0; stroke: #1f1f1f; }
  }`;

/** The graph as an SVG file, without scripts and remote references; names are escaped. */
export function toSvg({ width, height, engines, nodes, edges }: GraphModel, title: string): string {
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${style}</style>`,
    '<defs>',
    arrowHead('hard', 'M0 0L8 4L0 8z', 'arrow'),
    arrowHead('soft', 'M1 1L7 4L1 7', 'edge'),
    '</defs>',
    ...engines.map(({ x, y, label }) => textElement(x, y + 14, 15, 'name', label)),
    ...nodes.filter(isFrame).map(nodeElement),
    ...edges.map(({ path, hard, kind, label }) => {
      const end = hard ? 'hard' : 'soft';
      return `<path class="edge ${kind}" d="${path}" marker-end="url(#${end})"><title>${escape(label)}</title></path>`;
    }),
    ...nodes.filter((node) => !isFrame(node)).map(nodeElement),
    ...edges.map(({ labelAt, shortLabel }) => textElement(labelAt.x, labelAt.y + 3, 10, 'edge-label', shortLabel)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

const isFrame = (node: NodeModel) => node.collapsed === false;

function arrowHead(id: string, path: string, className: string): string {
  const size = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse"';
  return `<marker id="${id}" ${size} orient="auto"><path class="${className}" d="${path}"/></marker>`;
}

function nodeElement(node: NodeModel): string {
  const { x, y, width, height, label, status, subtitle, ports, ariaLabel, shape, tone, isRow } = node;
  const ownMarks = marksOf(node);
  const isOneLine = isFrame(node) || isRow;
  const portsWidth = textWidth(ports, subtitleSize);
  const space = textSpace(width) - ownMarks.length * markWidth;
  const middle = y + (isFrame(node) ? 15 : height / 2);
  const detail = [status, subtitle].filter(Boolean).join(' · ');
  const nameText = isOneLine ? [label, detail].filter(Boolean).join(' · ') : label;
  const lineSpace = isOneLine ? space - portsWidth : space;
  return [
    `<g><title>${escape(ariaLabel)}</title>`,
    `<rect class="${isFrame(node) ? 'frame' : 'node'}" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>`,
    iconElement(x + 10, middle - 8, icons[shape], tone),
    ...ownMarks.map(({ icon, tone }, at) =>
      iconElement(x + width - 22 - at * markWidth, isOneLine ? middle - 8 : y + 5, icon, tone),
    ),
    textElement(
      x + textStart,
      isOneLine ? middle + 5 : middle - 3,
      nameSize,
      'name',
      truncateToWidth(nameText, nameSize, lineSpace),
    ),
    isOneLine
      ? ''
      : textElement(
          x + textStart,
          middle + 13,
          subtitleSize,
          'subtitle',
          truncateToWidth(detail, subtitleSize, space - portsWidth),
        ),
    ports && !(isOneLine && ownMarks.length > 0)
      ? textElement(x + width - portsWidth - 8, middle + (isOneLine ? 4 : 13), subtitleSize, 'subtitle', ports)
      : '',
    '</g>',
  ].join('');
}

function iconElement(x: number, y: number, icon: Icon, tone: Tone): string {
  return `<path class="${iconClass(icon)} ${tone}" d="${iconAt(icon, x, y)}"/>`;
}

function textElement(x: number, y: number, size: number, className: string, text: string): string {
  return `<text class="${className}" x="${x}" y="${y}" font-size="${size}">${escape(text)}</text>`;
}

/** Characters that XML does not allow are removed. */
function escape(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])/g, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

/** Resolves with the saved file; undefined if the user cancels. */
export async function saveSvg(model: GraphModel): Promise<vscode.Uri | undefined> {
  const dir = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(dir, 'podgraph.svg'),
    filters: { SVG: ['svg'] },
    title: vscode.l10n.t('Export Graph as SVG'),
  });
  if (!target) return undefined;
  const text = toSvg(model, vscode.l10n.t('Dependency graph'));
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  const open = vscode.l10n.t('Open');
  const saved = plainMessage(vscode.l10n.t('The graph was saved as {0}.', path.basename(target.path)));
  void showInformation(saved, open).then(
    (answer) => answer === open && vscode.commands.executeCommand('vscode.open', target),
  );
  return target;
}

/** Outlines that are legible on light and dark backgrounds. */
const mermaidClasses = { good: '#2f7d32', warn: '#9a6700', bad: '#c42b1c', muted: '#6b6b6b' } satisfies Record<
  Tone,
  string
>;

/** The visible graph, fully expanded, as Mermaid in Markdown, as issues and the Markdown preview show it. */
export function mermaidText({ graph, engines, visible }: TreeInput, engineLabel: (id: string) => string): string {
  const scene = buildScene(graph, {
    engines: engines.keys(),
    collapsed: new Map(),
    autoCollapse: false,
    autoGroup: false,
    visible,
  });
  const labels = {
    engineLabel,
    boxLabel,
    nodeLabel: (key: NodeKey) => {
      const node = graph.get(key);
      const state = node?.kind === 'container' ? stateText(node) : '';
      return state ? `${nameIn(graph, key)}: ${state}` : nameIn(graph, key);
    },
    edgeLabel,
    nodeClass: (key: NodeKey) => {
      const node = graph.get(key);
      return node ? nodeStyle(node)[1] : 'muted';
    },
  };
  return `\`\`\`mermaid\n${toMermaid(scene, labels, mermaidClasses)}\`\`\`\n`;
}
