import * as vscode from 'vscode';
import { applyFilter, contextOf, type Filter, parseFilter } from '../graph/model/filter';
import type { NodeKey } from '../graph/model/model';
import { type ResourceLayer, ResourceLayerCache } from '../graph/model/resourceLayer';
import { asObject } from '../graph/model/untrusted';
import type { GraphSnapshot } from '../service/service';
import type { TreeInput } from './tree/treeModel';
import type { Grouping } from './tree/treeStructure';

/** The part of `vscode.Memento` used here. */
interface Memento {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

const groupingKey = 'podgraph.grouping';
const resourcesKey = 'podgraph.showsResources';

/** The filter (for this window), the grouping (remembered across windows), and whether resources are shown (per workspace). */
export class ViewFilter implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private text = '';
  private parsed: Filter | undefined;
  private currentGrouping: Grouping;
  private cache:
    | {
        readonly graph: unknown;
        readonly filter: Filter;
        readonly visible: ReadonlySet<NodeKey>;
        readonly context: ReadonlySet<NodeKey>;
      }
    | undefined;

  private readonly layers = new ResourceLayerCache();
  private isResourcesShown: boolean;
  private sizes: ResourceLayer['sizes'] = new Map();

  constructor(
    private readonly memory: Memento,
    private readonly workspaceMemory: Memento,
  ) {
    this.currentGrouping = groupingFrom(memory.get(groupingKey));
    this.isResourcesShown = workspaceMemory.get(resourcesKey) === true;
  }

  /** As typed; empty without a filter. */
  get filter(): string {
    return this.text;
  }

  get grouping(): Grouping {
    return this.currentGrouping;
  }

  /** Whether volumes, networks and images are shown. */
  get showsResources(): boolean {
    return this.isResourcesShown;
  }

  async setShowsResources(isShown: boolean): Promise<void> {
    this.isResourcesShown = isShown;
    this.changed.fire();
    await this.workspaceMemory.update(resourcesKey, isShown);
  }

  /** Sets the measured sizes of volumes, in bytes. */
  setSizes(sizes: ResourceLayer['sizes']) {
    this.sizes = sizes;
    this.changed.fire();
  }

  setFilter(text: string) {
    const trimmed = text.trim();
    if (trimmed === this.text) return;
    const filter = parseFilter(trimmed);
    this.text = trimmed;
    this.parsed = filter.include.length + filter.exclude.length > 0 ? filter : undefined;
    this.changed.fire();
  }

  async setGrouping(grouping: Grouping): Promise<void> {
    this.currentGrouping = grouping;
    this.changed.fire();
    await this.memory.update(groupingKey, grouping);
  }

  apply(snapshot: GraphSnapshot): TreeInput {
    const layer = this.isResourcesShown ? this.layers.get(snapshot.graph, snapshot.resources, this.sizes) : undefined;
    return { ...snapshot, ...this.filtered(snapshot), grouping: this.currentGrouping, layer };
  }

  dispose() {
    this.changed.dispose();
  }

  private filtered({ graph }: GraphSnapshot): Pick<TreeInput, 'visible' | 'context'> | undefined {
    const filter = this.parsed;
    if (!filter) return undefined;
    if (this.cache?.graph !== graph || this.cache.filter !== filter) {
      const visible = applyFilter(graph, filter);
      this.cache = { graph, filter, visible, context: contextOf(graph, visible) };
    }
    return { visible: this.cache.visible, context: this.cache.context };
  }
}

/** Number of pods and containers that are visible, and of all; unlisted nodes do not count. */
export function countVisible({ graph, visible }: Pick<TreeInput, 'graph' | 'visible'>): { shown: number; all: number } {
  let [shown, all] = [0, 0];
  for (const node of graph.nodes.values()) {
    if (node.kind === 'container' && node.unlisted) continue;
    all++;
    if (visible?.has(node.key) ?? true) shown++;
  }
  return { shown, all };
}

function groupingFrom(value: unknown): Grouping {
  const { by, label } = asObject(value);
  if (by === 'label' && typeof label === 'string' && label) return { by, label };
  return by === 'state' || by === 'project' ? { by } : { by: 'dependency' };
}
