import type { EngineId, NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { GraphChange, GraphSnapshot } from '../../service/service';
import { sameNodes } from '../sameNodes';
import { blocksOf } from './blocks';
import type { Arrangement, TopEntry } from './layout';
import { TreeLayout } from './layout';
import type { BlockOccurrence, NodeOccurrence, Occurrence } from './occurrence';
import { standsAbove } from './occurrence';

/** A picture and how it is to be shown. */
export interface Picture extends GraphSnapshot, Arrangement {}

type Change = Pick<GraphChange, 'structure'> & Partial<Pick<GraphChange, 'nodes'>>;

/** What a change means for the tree: all of it is to be read anew, or these places are. */
export type TreeChange = 'all' | readonly Occurrence[];

/**
 * The tree as the editor has asked for it so far. Places come to be when their parent's children are asked for, so that ten
 * thousand nodes and the countless ways through a dense graph cost only what is looked at.
 */
export class TreeModel {
  private currentLayout: TreeLayout;
  private arrangement: Arrangement;
  private engines: readonly EngineId[];
  /** Children by parent, for the places that were asked for them; undefined stands for the top. */
  private readonly loaded = new Map<Occurrence | undefined, readonly Occurrence[]>();
  private readonly byId = new Map<string, Occurrence>();
  private readonly byNode = new Map<NodeKey, Set<NodeOccurrence>>();

  constructor(picture: Picture) {
    this.currentLayout = new TreeLayout(picture.graph, picture);
    this.arrangement = picture;
    this.engines = [...picture.engines.keys()];
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
    if (place.kind === 'group' || place.kind === 'block') return true;
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
  update(picture: Picture, change: Change): TreeChange {
    const before = this.engines;
    this.engines = [...picture.engines.keys()];
    const sameEngines = before.length === this.engines.length && before.every((id, at) => id === this.engines[at]);
    const isOther = this.isOther(picture, change);
    if (isOther) this.currentLayout = new TreeLayout(picture.graph, picture);
    else this.currentLayout.renew(picture.graph);
    this.arrangement = picture;
    return isOther || !sameEngines ? this.layAgain() : [];
  }

  /** Whether nodes may stand elsewhere than before. */
  isOther(picture: Picture, { structure, nodes }: Change): boolean {
    const { visible, grouping } = this.arrangement;
    return (
      structure ||
      grouping !== picture.grouping ||
      (picture.grouping?.by === 'state' && nodes !== undefined && nodes.size > 0) ||
      !sameNodes(visible, picture.visible)
    );
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
    if (parent?.kind === 'block') return this.placesIn(parent.level, parent, parent.from, parent.to);
    if (!parent && this.engines.length !== 1) {
      return this.engines.map((engine) => this.keep({ kind: 'engine', id: engine, parent, engine }));
    }
    return this.placesIn(parent, parent, 0, this.entriesOf(parent).length);
  }

  /** What stands on the level below a place, folded or not. */
  private entriesOf(level: Occurrence | undefined): readonly TopEntry[] {
    if (!level) return this.layout.top(this.engines[0] ?? '');
    if (level.kind === 'engine') return this.layout.top(level.engine);
    if (level.kind === 'group') return this.layout.group(level.group)?.entries ?? [];
    return level.kind === 'node' && !level.closesCycle ? this.layout.childrenOf(level.key) : [];
  }

  /** The rows from one to another of a level as they stand below `parent`: each by itself, or in blocks. */
  private placesIn(level: Occurrence | undefined, parent: Occurrence | undefined, from: number, to: number) {
    const entries = this.entriesOf(level);
    const blocks = blocksOf({ from, to });
    if (!blocks) return entries.slice(from, to).map((entry) => this.placeOf(entry, level, parent));
    const engine = level && level.kind !== 'node' ? level.engine : engineOfEntry(entries[from]);
    return blocks.map((block) =>
      this.keep({
        ...block,
        kind: 'block',
        id: `${level?.id ?? engine} [${block.from}, ${block.to})`,
        parent,
        level,
        engine,
      }),
    );
  }

  /** The nodes that a block stands for. */
  nodesIn({ level, from, to }: Pick<BlockOccurrence, 'level' | 'from' | 'to'>): NodeKey[] {
    return this.entriesOf(level)
      .slice(from, to)
      .flatMap((entry) => (typeof entry === 'string' ? entry : entry.nodes));
  }

  private placeOf(entry: TopEntry, level: Occurrence | undefined, parent: Occurrence | undefined): Occurrence {
    if (typeof entry !== 'string') {
      return this.keep({ kind: 'group', id: entry.id, parent, engine: entry.engine, group: entry.id });
    }
    // Neither the block nor a state is in the name: both change while a node stays the same.
    const isNamed =
      level?.kind === 'node' || (level?.kind === 'group' && this.layout.group(level.group)?.by === 'project');
    const id = isNamed ? `${level.id} > ${entry}` : entry;
    return this.keep({ kind: 'node', id, parent, key: entry, closesCycle: standsAbove(entry, parent) });
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

/** All nodes that a place stands for, without those that only hang on them; nothing that is not shown. */
export function nodesAt(place: Occurrence, tree: Pick<TreeModel, 'layout' | 'nodesIn'>): readonly NodeKey[] {
  const { layout } = tree;
  if (place.kind === 'node') return [place.key];
  if (place.kind === 'group') return layout.group(place.group)?.nodes ?? [];
  if (place.kind === 'block') return tree.nodesIn(place);
  return [...layout.graph.nodes.keys()].filter((key) => layout.shows(key) && engineOf(key) === place.engine);
}

function engineOfEntry(entry: TopEntry | undefined): EngineId {
  return typeof entry === 'string' ? engineOf(entry) : (entry?.engine ?? '');
}
