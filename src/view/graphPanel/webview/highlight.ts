import { buildDependentsIndex, type DependentsIndex, transitiveDependents } from '../../../graph/model/adjacency';
import type { EdgeModel, GraphModel, Overlay } from '../messages';
import type { Canvas } from './canvas';
import { format, strings } from './dom';

/** Names in a description of a removal's impact. */
const maxNames = 7;

/** Highlights the hovered node with its transitive dependents, or else the search matches. */
export class Highlighter {
  private dependents: DependentsIndex = new Map();
  private node: string | undefined;
  private edge: EdgeModel | undefined;
  private matches: readonly string[] = [];

  constructor(private readonly canvas: Canvas) {}

  /** The node under the pointer. */
  get hovered(): string | undefined {
    return this.node;
  }

  setModel({ dependencies }: GraphModel) {
    this.dependents = buildDependentsIndex(dependencies);
    this.edge = undefined;
  }

  /** @returns whether the highlight changed */
  hover(node: string | undefined, edge: EdgeModel | undefined): boolean {
    if (node === this.node && edge === this.edge) return false;
    this.node = node;
    this.edge = edge;
    this.show();
    return true;
  }

  setMatches(keys: readonly string[]) {
    this.matches = keys;
    this.canvas.mark('match', new Set(keys));
    this.show();
  }

  show() {
    const node = this.node === undefined ? undefined : this.canvas.get(this.node);
    const keys = new Set<string>(node ? [node.key] : this.matches);
    if (node) {
      const dependents = transitiveDependents(node.nodes, this.dependents);
      for (const other of this.canvas.nodes) if (other.nodes.some((one) => dependents.has(one))) keys.add(other.key);
      for (const { from, to, kind } of this.canvas.edges) if (kind === 'resource' && from === node.key) keys.add(to);
    }
    this.canvas.mark('highlighted', keys);
    this.canvas.mark('around', new Set([...keys].flatMap((key) => this.canvas.get(key)?.box ?? [])));
    this.canvas.root.classList.toggle('dimmed', keys.size > 0);
    const edges = node ? this.canvas.edges.filter(({ from, to }) => keys.has(from) && keys.has(to)) : [];
    this.canvas.highlight(this.edge ? [this.edge] : edges);
  }

  /** Describes the hovered node or edge. */
  get description(): string | undefined {
    const { edge, node } = this;
    if (!edge) return node === undefined ? undefined : this.nodeText(node);
    const text = `${this.canvas.get(edge.from)?.label ?? ''}: ${edge.label}`;
    return edge.kind === 'resource' ? text : `${text} · ${(edge.hard ? strings.hard : strings.soft) ?? ''}`;
  }

  /** The removal's impact, if the node can be removed. */
  private nodeText(key: string): string | undefined {
    const node = this.canvas.get(key);
    const isRemovable = node?.contextValues.split(' ').includes('removable') && node.shape !== 'failed';
    return isRemovable && !this.canvas.isStale(key) ? this.impactText(key) : undefined;
  }

  /** The nodes that a removal of this node also removes, as a sentence. */
  impactText(key: string): string {
    const node = this.canvas.get(key);
    if (!node || node.isRemoved) return '';
    const { noImpact, impactOne, impact, more, separator } = strings;
    const others = [...transitiveDependents(node.nodes, this.dependents)].filter((one) => !node.nodes.includes(one));
    if (others.length === 0) return format(noImpact, node.label);
    // Nodes in collapsed boxes and filtered nodes have no name here.
    const names = others.flatMap((one) => this.canvas.get(one)?.label ?? []).sort();
    const omitted = others.length - Math.min(maxNames, names.length);
    const list = [...names.slice(0, maxNames), ...(omitted > 0 ? [format(more, omitted)] : [])].join(separator);
    return format(others.length === 1 ? impactOne : impact, node.label, others.length, list);
  }
}

/** Shows the plan of the open preview on the graph: step numbers, and shields and reasons of kept nodes. */
export class PlanOverlay {
  private overlay: Overlay | undefined;

  constructor(private readonly canvas: Canvas) {}

  setPlan(overlay: Overlay | undefined) {
    this.overlay = overlay;
    this.show();
  }

  show() {
    const stepOf = new Map(this.overlay?.stepOf);
    const kept = new Set(this.overlay?.retained.map(([key]) => key));
    const badges = new Map<string, number | 'kept'>();
    for (const { key, nodes } of this.canvas.nodes) {
      const steps = nodes.flatMap((node) => stepOf.get(node) ?? []);
      if (steps.length > 0) badges.set(key, Math.max(...steps) + 1);
      else if (nodes.some((node) => kept.has(node))) badges.set(key, 'kept');
    }
    this.canvas.setBadges(badges);
    this.canvas.mark('planned', new Set([...badges].filter(([, badge]) => badge !== 'kept').map(([key]) => key)));
    const { classList } = this.canvas.root;
    classList.toggle('has-plan', this.overlay !== undefined);
    classList.toggle('has-removal', this.overlay?.isRemoval === true);
  }

  retainReason(key: string): string | undefined {
    const reason = this.overlay?.retained.find(([node]) => node === key)?.[1];
    return reason && `${this.canvas.get(key)?.label ?? ''}: ${reason}`;
  }
}
