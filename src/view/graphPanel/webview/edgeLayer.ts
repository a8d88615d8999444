import { type EdgeKind, edgeKinds, type EdgeModel } from '../messages';
import { svg } from './dom';

/** Arrow heads: half the width, and the length. */
const arrow = { side: 4, length: 8 };

/** All edges as one path of each kind, which is much faster to render than one element for each edge. */
export class EdgeLayer {
  readonly group = svg('g', { class: 'edges' });
  readonly highlights = svg('g', { class: 'highlights' });
  /** Above the nodes' frames and the lines. */
  readonly labels = svg('g', { class: 'edge-labels' });
  private readonly lines = new Map(edgeKinds.map((kind) => [kind, new EdgePath(this.group, kind, '')]));
  private readonly highlighted = new Map(
    edgeKinds.map((kind) => [kind, new EdgePath(this.highlights, kind, ' highlighted')]),
  );
  private all: readonly EdgeModel[] = [];
  private drawn: readonly EdgeModel[] = [];
  private labelled: readonly EdgeModel[] = [];
  private highlightedEdges: ReadonlySet<EdgeModel> = new Set();

  get edges(): readonly EdgeModel[] {
    return this.all;
  }

  /** Without those that are drawn on demand. */
  get visible(): readonly EdgeModel[] {
    return this.drawn;
  }

  draw(edges: readonly EdgeModel[], withLabels: boolean) {
    this.all = edges;
    this.drawn = edges.filter(({ isOnDemand }) => !isOnDemand);
    for (const [kind, line] of this.lines) line.draw(this.drawn.filter((edge) => edge.kind === kind));
    this.showLabels(withLabels);
  }

  highlight(edges: readonly EdgeModel[]) {
    for (const [kind, line] of this.highlighted) line.draw(edges.filter((edge) => edge.kind === kind));
    this.highlightedEdges = new Set(edges);
    this.highlightLabels();
  }

  /** Labels are created when they are first legible. */
  showLabels(isOn: boolean) {
    this.labels.toggleAttribute('hidden', !isOn);
    if (!isOn || this.labelled === this.drawn) return;
    this.labelled = this.drawn;
    this.labels.replaceChildren(
      ...this.drawn.map(({ shortLabel, labelAt, kind }) => {
        const text = svg('text', { class: `edge-label ${kind}`, x: labelAt.x, y: labelAt.y + 3 });
        text.textContent = shortLabel;
        return text;
      }),
    );
    this.highlightLabels();
  }

  private highlightLabels() {
    this.labelled.forEach((edge, at) =>
      this.labels.children[at]?.classList.toggle('highlighted', this.highlightedEdges.has(edge)),
    );
  }
}

/** The lines and arrow heads of edges of one kind. */
class EdgePath {
  private readonly line: SVGPathElement;
  private readonly heads: SVGPathElement;

  constructor(
    parent: SVGGElement,
    private readonly kind: EdgeKind,
    suffix: string,
  ) {
    this.line = svg('path', { class: `edge ${kind}${suffix}` });
    this.heads = svg('path', { class: `arrow ${kind}${suffix}` });
    parent.append(this.line, this.heads);
  }

  draw(edges: readonly EdgeModel[]) {
    this.line.setAttribute('d', edges.map(({ path }) => path).join(''));
    // Arrow heads would hide the small nodes.
    if (this.kind !== 'resource')
      this.heads.setAttribute('d', edges.map(({ path, hard }) => arrowHeadOf(path, hard)).join(''));
  }
}

/** The arrow head at the last point of an edge's path; reversed edges arrive from the side. */
function arrowHeadOf(path: string, isClosed: boolean): string {
  const numbers = path
    .slice(path.lastIndexOf('C') + 1)
    .split(' ')
    .map(Number);
  const [bx = 0, by = 0, x = 0, y = 0] = numbers.slice(2);
  const { side, length } = arrow;
  const end = isClosed ? 'z' : '';
  if (by === y && bx > x) return `M${x + length} ${y - side}L${x} ${y}L${x + length} ${y + side}${end}`;
  return `M${x - side} ${y - length}L${x} ${y}L${x + side} ${y - length}${end}`;
}
