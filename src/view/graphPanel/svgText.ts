import { fitting, lineSize, nameSize, textLeft, textRoom } from './measure';
import type { DrawnNode, Drawing, Tone } from './messages';
import { shield, type Sign, signAt, signs } from './signs';

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
export function svgText({ width, height, engines, nodes, edges }: Drawing, title: string): string {
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${style}</style>`,
    '<defs>',
    tip('hard', 'M0 0L8 4L0 8z', 'tip'),
    tip('soft', 'M1 1L7 4L1 7', 'edge'),
    '</defs>',
    ...engines.map(({ x, y, label }) => text(x, y + 14, 15, 'name', label)),
    ...nodes.filter(isFrame).map(nodeText),
    ...edges.map(({ path, hard, words }) => {
      const kind = hard ? 'hard' : 'soft';
      const about = `<title>${escape(words)}</title>`;
      return `<path class="edge ${kind}" d="${path}" marker-end="url(#${kind})">${about}</path>`;
    }),
    ...nodes.filter((node) => !isFrame(node)).map(nodeText),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

const isFrame = (node: DrawnNode) => node.folded === false;

function tip(id: string, path: string, className: string): string {
  const size = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse"';
  return `<marker id="${id}" ${size} orient="auto"><path class="${className}" d="${path}"/></marker>`;
}

function nodeText(node: DrawnNode): string {
  const { x, y, width, height, label, line, spoken, shape, tone, isProtected } = node;
  const room = textRoom(width);
  const top = y + (isFrame(node) ? 15 : height / 2);
  const words = isFrame(node) ? [`${label} · ${line}`] : [label, line];
  return [
    `<g><title>${escape(spoken)}</title>`,
    `<rect class="${isFrame(node) ? 'frame' : 'node'}" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>`,
    signText(x + 10, top - 8, signs[shape], tone),
    isProtected ? signText(x + width - 22, top - 8, shield, 'quiet') : '',
    words.length === 1
      ? text(x + textLeft, top + 5, nameSize, 'name', fitting(words[0] ?? '', nameSize, room))
      : text(x + textLeft, top - 3, nameSize, 'name', fitting(label, nameSize, room)) +
        text(x + textLeft, top + 13, lineSize, 'line', fitting(line, lineSize, room)),
    '</g>',
  ].join('');
}

function signText(x: number, y: number, sign: Sign, tone: Tone): string {
  return `<path class="sign ${tone}${sign.solid ? ' solid' : ''}" d="${signAt(sign, x, y)}"/>`;
}

function text(x: number, y: number, size: number, className: string, words: string): string {
  return `<text class="${className}" x="${x}" y="${y}" font-size="${size}">${escape(words)}</text>`;
}

/** Names are text; what XML allows in no form at all is left out. */
function escape(words: string): string {
  return words
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])/g, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}
