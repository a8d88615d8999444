import * as vscode from 'vscode';
import { applyFilter, type Filter, parseFilter } from '../graph/model/filter';
import type { NodeKey } from '../graph/model/model';
import type { GraphSnapshot } from '../service/service';
import type { TreeInput } from './tree/treeModel';
import type { Grouping } from './tree/treeStructure';

/** What outlives the window: the editor's `Memento`. */
export interface Memento {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

const remembered = 'podgraph.grouping';

/** Which nodes a person wants to see, and in which order: the filter, for this window, and the grouping, for all to come. */
export class ViewFilter implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private text = '';
  private parsed: Filter | undefined;
  private order: Grouping;
  private last:
    { readonly graph: unknown; readonly filter: Filter; readonly visible: ReadonlySet<NodeKey> } | undefined;

  constructor(private readonly memory: Memento) {
    this.order = groupingFrom(memory.get(remembered));
  }

  /** As it was typed; empty when everything is shown. */
  get filter(): string {
    return this.text;
  }

  get grouping(): Grouping {
    return this.order;
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
    this.order = grouping;
    this.changed.fire();
    await this.memory.update(remembered, grouping);
  }

  /** The picture with what is to be seen of it. */
  apply(snapshot: GraphSnapshot): TreeInput {
    return { ...snapshot, visible: this.visibleNodes(snapshot), grouping: this.order };
  }

  dispose() {
    this.changed.dispose();
  }

  private visibleNodes({ graph }: GraphSnapshot): ReadonlySet<NodeKey> | undefined {
    const filter = this.parsed;
    if (!filter) return undefined;
    if (this.last?.graph !== graph || this.last.filter !== filter) {
      this.last = { graph, filter, visible: applyFilter(graph, filter) };
    }
    return this.last.visible;
  }
}

/** How many pods and containers a text would show; external nodes are none of the engine's. */
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
  const { by, label } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (by === 'label' && typeof label === 'string' && label) return { by, label };
  return by === 'state' || by === 'project' ? { by } : { by: 'dependency' };
}
