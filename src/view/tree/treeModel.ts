import { type EngineId, engineOf, type NodeKey } from '../../graph/model/model';
import type { GraphChange, GraphSnapshot } from '../../service/service';
import { type ChunkElement, isAncestor, type NodeElement, setsEqual, type TreeElement } from './treeElement';
import { Chunk, type TopEntry, type TreeOptions, TreeStructure } from './treeStructure';

/** A picture and how it is to be shown. */
export interface TreeInput extends GraphSnapshot, TreeOptions {}

type Change = Pick<GraphChange, 'structure'> & Partial<Pick<GraphChange, 'nodes'>>;

/** What a change means for the tree: all of it is to be read anew, or these places are. */
type TreeChange = 'all' | readonly TreeElement[];

/**
 * The tree as the editor has asked for it so far. Places come to be when their parent's children are asked for, so that ten
 * thousand nodes and the countless ways through a dense graph cost only what is looked at.
 */
export class TreeModel {
  private currentLayout: TreeStructure;
  private arrangement: TreeOptions;
  private engines: readonly EngineId[];
  /** Children by parent, for the places that were asked for them; undefined stands for the top. */
  private readonly loaded = new Map<TreeElement | undefined, readonly TreeElement[]>();
  private readonly byId = new Map<string, TreeElement>();
  private readonly byNode = new Map<NodeKey, Set<NodeElement>>();

  constructor(model: TreeInput) {
    this.currentLayout = new TreeStructure(model.graph, model);
    this.arrangement = model;
    this.engines = [...model.engines.keys()];
  }

  get layout(): TreeStructure {
    return this.currentLayout;
  }

  children(parent: TreeElement | undefined): readonly TreeElement[] {
    const knownNodes = this.loaded.get(parent);
    if (knownNodes) return knownNodes;
    // The editor may still ask for a place that is gone by now.
    if (parent && this.byId.get(parent.id) !== parent) return [];
    const children = this.makeChildren(parent);
    this.loaded.set(parent, children);
    return children;
  }

  hasChildren(element: TreeElement): boolean {
    if (element.kind === 'engine') return this.layout.top(element.engine).length > 0;
    if (element.kind === 'group' || element.kind === 'block') return true;
    return !element.closesCycle && this.layout.hasChildren(element.key);
  }

  /** The places of a node that were asked for so far. */
  elementsOf(key: NodeKey): ReadonlySet<NodeElement> {
    return this.byNode.get(key) ?? new Set();
  }

  /** Every place that was asked for so far. */
  get elements(): Iterable<TreeElement> {
    return this.byId.values();
  }

  /** The children of a place, if they were asked for. */
  loadedChildren(element: TreeElement): readonly TreeElement[] {
    return this.loaded.get(element) ?? [];
  }

  /**
   * Takes over a new picture. Returns the places whose list of children is another one now; what places look like is not
   * judged here.
   */
  update(model: TreeInput, change: Change): TreeChange {
    const before = this.engines;
    this.engines = [...model.engines.keys()];
    const sameEngines = before.length === this.engines.length && before.every((id, at) => id === this.engines[at]);
    const isOther = this.hasChanged(model, change);
    if (isOther) this.currentLayout = new TreeStructure(model.graph, model);
    else this.currentLayout.update(model.graph);
    this.arrangement = model;
    return isOther || !sameEngines ? this.rebuild() : [];
  }

  /** Whether nodes may stand elsewhere than before. */
  hasChanged(model: TreeInput, { structure, nodes }: Change): boolean {
    const { visible, grouping } = this.arrangement;
    return (
      structure ||
      grouping !== model.grouping ||
      (model.grouping?.by === 'state' && nodes !== undefined && nodes.size > 0) ||
      !setsEqual(visible, model.visible)
    );
  }

  private rebuild(): TreeChange {
    const changed: TreeElement[] = [];
    const open: (TreeElement | undefined)[] = [undefined];
    let all = false;
    while (open.length > 0) {
      const parent = open.pop();
      const before = this.loaded.get(parent);
      if (!before) continue;
      const after = this.makeChildren(parent);
      this.loaded.set(parent, after);
      const kept = new Set(after);
      for (const child of before) if (!kept.has(child)) this.unregister(child);
      if (before.length !== after.length || before.some((child, at) => child !== after[at])) {
        if (parent) changed.push(parent);
        else all = true;
      }
      open.push(...after);
    }
    return all ? 'all' : changed;
  }

  private makeChildren(parent: TreeElement | undefined): TreeElement[] {
    if (parent?.kind === 'block') return this.elementsIn(parent.level, parent, parent.from, parent.to);
    if (!parent && this.engines.length !== 1) {
      return this.engines.map((engine) => this.register({ kind: 'engine', id: engine, parent, engine }));
    }
    return this.elementsIn(parent, parent, 0, this.entriesOf(parent).length);
  }

  /** What stands on the level below a place, folded or not. */
  private entriesOf(level: TreeElement | undefined): readonly TopEntry[] {
    if (!level) return this.layout.top(this.engines[0] ?? '');
    if (level.kind === 'engine') return this.layout.top(level.engine);
    if (level.kind === 'group') return this.layout.group(level.group)?.entries ?? [];
    return level.kind === 'node' && !level.closesCycle ? this.layout.childrenOf(level.key) : [];
  }

  /** The rows from one to another of a level as they stand below `parent`: each by itself, or in blocks. */
  private elementsIn(level: TreeElement | undefined, parent: TreeElement | undefined, from: number, to: number) {
    const entries = this.entriesOf(level);
    const blocks = Chunk({ from, to });
    if (!blocks) return entries.slice(from, to).map((entry) => this.elementOf(entry, level, parent));
    const engine = level && level.kind !== 'node' ? level.engine : engineOfEntry(entries[from]);
    return blocks.map((block) =>
      this.register({
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
  nodesIn({ level, from, to }: Pick<ChunkElement, 'level' | 'from' | 'to'>): NodeKey[] {
    return this.entriesOf(level)
      .slice(from, to)
      .flatMap((entry) => (typeof entry === 'string' ? entry : entry.nodes));
  }

  private elementOf(entry: TopEntry, level: TreeElement | undefined, parent: TreeElement | undefined): TreeElement {
    if (typeof entry !== 'string') {
      return this.register({ kind: 'group', id: entry.id, parent, engine: entry.engine, group: entry.id });
    }
    // Neither the block nor a state is in the name: both change while a node stays the same.
    const isNamed =
      level?.kind === 'node' || (level?.kind === 'group' && this.layout.group(level.group)?.by === 'project');
    const id = isNamed ? `${level.id} > ${entry}` : entry;
    return this.register({ kind: 'node', id, parent, key: entry, closesCycle: isAncestor(entry, parent) });
  }

  /** The object that stands for this place already, else the given one from now on. */
  private register(element: TreeElement): TreeElement {
    const knownNodes = this.byId.get(element.id);
    if (knownNodes && knownNodes.parent === element.parent) return knownNodes;
    if (knownNodes) this.unregister(knownNodes);
    this.byId.set(element.id, element);
    if (element.kind === 'node') {
      const elements = this.byNode.get(element.key);
      if (elements) elements.add(element);
      else this.byNode.set(element.key, new Set([element]));
    }
    return element;
  }

  private unregister(element: TreeElement) {
    const open = [element];
    for (let next = open.pop(); next; next = open.pop()) {
      open.push(...(this.loaded.get(next) ?? []));
      this.loaded.delete(next);
      if (this.byId.get(next.id) === next) this.byId.delete(next.id);
      if (next.kind !== 'node') continue;
      const elements = this.byNode.get(next.key);
      elements?.delete(next);
      if (elements?.size === 0) this.byNode.delete(next.key);
    }
  }
}

/** All nodes that a place stands for, without those that only hang on them; nothing that is not shown. */
export function nodesOf(element: TreeElement, tree: Pick<TreeModel, 'layout' | 'nodesIn'>): readonly NodeKey[] {
  const { layout } = tree;
  if (element.kind === 'node') return [element.key];
  if (element.kind === 'group') return layout.group(element.group)?.nodes ?? [];
  if (element.kind === 'block') return tree.nodesIn(element);
  return [...layout.graph.nodes.keys()].filter((key) => layout.isVisible(key) && engineOf(key) === element.engine);
}

function engineOfEntry(entry: TopEntry | undefined): EngineId {
  return typeof entry === 'string' ? engineOf(entry) : (entry?.engine ?? '');
}

/**
 * The first place of a node from the top, by the way on which it stands open most likely: only what the node needs, or is
 * in, is looked into, and each of these once.
 */
export function findElement(model: Pick<TreeModel, 'children' | 'layout'>, key: NodeKey): TreeElement | undefined {
  const { graph } = model.layout;
  const above = new Set<NodeKey>([key]);
  for (const next of above) for (const { to } of graph.dependencies(next)) above.add(to);
  const seen = new Set<NodeKey>();
  let row: TreeElement[] = [...model.children(undefined)];
  while (row.length > 0) {
    const found = row.find((element) => element.kind === 'node' && element.key === key);
    if (found) return found;
    row = row.flatMap((element) => {
      if (element.kind !== 'node') return element.engine === engineOf(key) ? model.children(element) : [];
      if (!above.has(element.key) || seen.has(element.key)) return [];
      seen.add(element.key);
      return model.children(element);
    });
  }
  return undefined;
}
