import type { EngineId, NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { GraphChange, GraphSnapshot } from '../../service/service';
import type { TopEntry } from './layout';
import { TreeLayout } from './layout';
import type { NodeOccurrence, Occurrence } from './occurrence';
import { standsAbove } from './occurrence';

/** What a change means for the tree: all of it is to be read anew, or these places are. */
export type TreeChange = 'all' | readonly Occurrence[];

/**
 * The tree as the editor has asked for it so far. Places come to be when their parent's children are asked for, so that ten
 * thousand nodes and the countless ways through a dense graph cost only what is looked at.
 */
export class TreeModel {
  private currentLayout: TreeLayout;
  private engines: readonly EngineId[];
  /** Children by parent, for the places that were asked for them; undefined stands for the top. */
  private readonly loaded = new Map<Occurrence | undefined, readonly Occurrence[]>();
  private readonly byId = new Map<string, Occurrence>();
  private readonly byNode = new Map<NodeKey, Set<NodeOccurrence>>();

  constructor(snapshot: GraphSnapshot) {
    this.currentLayout = new TreeLayout(snapshot.graph);
    this.engines = [...snapshot.engines.keys()];
  }

  get layout(): TreeLayout {
    return this.currentLayout;
  }

  children(parent: Occurrence | undefined): readonly Occurrence[] {
    const known = this.loaded.get(parent);
    if (known) return known;
    // The editor may still ask for a place that is gone by now.
    if (parent && this.byId.get(parent.id) !== parent) return [];
    const children = this.makeChildren(parent);
    this.loaded.set(parent, children);
    return children;
  }

  hasChildren(place: Occurrence): boolean {
    if (place.kind === 'engine') return this.layout.top(place.engine).length > 0;
    if (place.kind === 'group') return true;
    return !place.closesCycle && this.layout.hasChildren(place.key);
  }

  /** The places of a node that were asked for so far. */
  occurrencesOf(key: NodeKey): ReadonlySet<NodeOccurrence> {
    return this.byNode.get(key) ?? new Set();
  }

  /** Every place that was asked for so far. */
  get places(): Iterable<Occurrence> {
    return this.byId.values();
  }

  /** The children of a place, if they were asked for. */
  loadedChildren(place: Occurrence): readonly Occurrence[] {
    return this.loaded.get(place) ?? [];
  }

  /**
   * Takes over a new picture. Returns the places whose list of children is another one now; what places look like is not
   * judged here.
   */
  update(snapshot: GraphSnapshot, change: Pick<GraphChange, 'structure'>): TreeChange {
    const before = this.engines;
    this.engines = [...snapshot.engines.keys()];
    const sameEngines = before.length === this.engines.length && before.every((id, at) => id === this.engines[at]);
    if (change.structure) this.currentLayout = new TreeLayout(snapshot.graph);
    else this.currentLayout.renew(snapshot.graph);
    return change.structure || !sameEngines ? this.layAgain() : [];
  }

  private layAgain(): TreeChange {
    const changed: Occurrence[] = [];
    const open: (Occurrence | undefined)[] = [undefined];
    let all = false;
    while (open.length > 0) {
      const parent = open.pop();
      const before = this.loaded.get(parent);
      if (!before) continue;
      const after = this.makeChildren(parent);
      this.loaded.set(parent, after);
      const kept = new Set(after);
      for (const child of before) if (!kept.has(child)) this.forget(child);
      if (before.length !== after.length || before.some((child, at) => child !== after[at])) {
        if (parent) changed.push(parent);
        else all = true;
      }
      open.push(...after);
    }
    return all ? 'all' : changed;
  }

  private makeChildren(parent: Occurrence | undefined): Occurrence[] {
    if (!parent) {
      const [only, ...others] = this.engines;
      if (only === undefined) return [];
      if (others.length === 0) return this.layout.top(only).map((entry) => this.topPlace(entry, undefined));
      return this.engines.map((engine) => this.keep({ kind: 'engine', id: engine, parent, engine }));
    }
    if (parent.kind === 'engine') return this.layout.top(parent.engine).map((entry) => this.topPlace(entry, parent));
    if (parent.kind === 'group') {
      return (this.layout.group(parent.group)?.entries ?? []).map((key) => this.nodePlace(key, parent));
    }
    return parent.closesCycle ? [] : this.layout.childrenOf(parent.key).map((key) => this.nodePlace(key, parent));
  }

  private topPlace(entry: TopEntry, parent: Occurrence | undefined): Occurrence {
    if (typeof entry === 'string') return this.nodePlace(entry, parent);
    return this.keep({ kind: 'group', id: entry.id, parent, engine: entry.engine, group: entry.id });
  }

  private nodePlace(key: NodeKey, parent: Occurrence | undefined): Occurrence {
    const id = parent && parent.kind !== 'engine' ? `${parent.id} > ${key}` : key;
    return this.keep({ kind: 'node', id, parent, key, closesCycle: standsAbove(key, parent) });
  }

  /** The object that stands for this place already, else the given one from now on. */
  private keep(place: Occurrence): Occurrence {
    const known = this.byId.get(place.id);
    if (known && known.parent === place.parent) return known;
    if (known) this.forget(known);
    this.byId.set(place.id, place);
    if (place.kind === 'node') {
      const places = this.byNode.get(place.key);
      if (places) places.add(place);
      else this.byNode.set(place.key, new Set([place]));
    }
    return place;
  }

  private forget(place: Occurrence) {
    const open = [place];
    for (let next = open.pop(); next; next = open.pop()) {
      open.push(...(this.loaded.get(next) ?? []));
      this.loaded.delete(next);
      if (this.byId.get(next.id) === next) this.byId.delete(next.id);
      if (next.kind !== 'node') continue;
      const places = this.byNode.get(next.key);
      places?.delete(next);
      if (places?.size === 0) this.byNode.delete(next.key);
    }
  }
}

/** All nodes that a place stands for, without those that only hang on them. */
export function nodesAt(place: Occurrence, layout: TreeLayout): readonly NodeKey[] {
  if (place.kind === 'node') return [place.key];
  if (place.kind === 'group') return layout.group(place.group)?.nodes ?? [];
  return [...layout.graph.nodes.keys()].filter((key) => engineOf(key) === place.engine);
}
