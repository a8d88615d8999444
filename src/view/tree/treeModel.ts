import { type EngineId, engineOf, type NodeKey } from '../../graph/model/model';
import type { GraphChange, GraphSnapshot } from '../../service/service';
import { type ChunkElement, isAncestor, type NodeElement, setsEqual, type TreeElement } from './treeElement';
import { splitIntoChunks, type TopEntry, type TreeOptions, TreeStructure } from './treeStructure';

export interface TreeInput extends GraphSnapshot, TreeOptions {}

type Change = Pick<GraphChange, 'structure'> & Partial<Pick<GraphChange, 'nodes'>>;

/** The elements whose children changed, or `all` for the top level. */
type TreeChange = 'all' | readonly TreeElement[];

/**
 * The elements that the editor has requested so far. Elements are created on demand, because a dense graph has
 * exponentially many paths.
 */
export class TreeModel {
  private currentLayout: TreeStructure;
  private options: TreeOptions;
  private engines: readonly EngineId[];
  /** Children by parent, as far as requested; undefined is the top level. */
  private readonly loaded = new Map<TreeElement | undefined, readonly TreeElement[]>();
  private readonly byId = new Map<string, TreeElement>();
  private readonly byNode = new Map<NodeKey, Set<NodeElement>>();

  constructor(model: TreeInput) {
    this.currentLayout = new TreeStructure(model.graph, model);
    this.options = model;
    this.engines = [...model.engines.keys()];
  }

  get layout(): TreeStructure {
    return this.currentLayout;
  }

  children(parent: TreeElement | undefined): readonly TreeElement[] {
    const loaded = this.loaded.get(parent);
    if (loaded) return loaded;
    // The editor may still request a removed element.
    if (parent && this.byId.get(parent.id) !== parent) return [];
    const children = this.createChildren(parent);
    this.loaded.set(parent, children);
    return children;
  }

  hasChildren(element: TreeElement): boolean {
    if (element.kind === 'engine')
      return this.layout.top(element.engine).length + this.layout.resourceGroups(element.engine).length > 0;
    if (element.kind === 'group' || element.kind === 'chunk') return true;
    return !element.closesCycle && this.layout.hasChildren(element.key);
  }

  /** The elements of a node, as far as requested. */
  elementsOf(key: NodeKey): ReadonlySet<NodeElement> {
    return this.byNode.get(key) ?? new Set();
  }

  /** All elements requested so far. */
  get elements(): Iterable<TreeElement> {
    return this.byId.values();
  }

  /** The children of an element, if they were requested. */
  loadedChildren(element: TreeElement): readonly TreeElement[] {
    return this.loaded.get(element) ?? [];
  }

  /** Returns the elements whose list of children changed; changes of their presentation are not detected here. */
  update(model: TreeInput, change: Change): TreeChange {
    const before = this.engines;
    this.engines = [...model.engines.keys()];
    const sameEngines = before.length === this.engines.length && before.every((id, at) => id === this.engines[at]);
    const hasChanged = this.hasChanged(model, change);
    if (hasChanged) this.currentLayout = new TreeStructure(model.graph, model);
    else this.currentLayout.update(model.graph);
    this.options = model;
    return hasChanged || !sameEngines ? this.rebuild() : [];
  }

  /** Whether elements may have other parents or another order. */
  hasChanged(model: TreeInput, { structure, nodes }: Change): boolean {
    const { visible, context, grouping, layer } = this.options;
    return (
      structure ||
      layer !== model.layer ||
      grouping !== model.grouping ||
      (model.grouping?.by === 'state' && nodes !== undefined && nodes.size > 0) ||
      !setsEqual(visible, model.visible) ||
      !setsEqual(context, model.context)
    );
  }

  private rebuild(): TreeChange {
    const changed: TreeElement[] = [];
    const pending: (TreeElement | undefined)[] = [undefined];
    let all = false;
    while (pending.length > 0) {
      const parent = pending.pop();
      const before = this.loaded.get(parent);
      if (!before) continue;
      const after = this.createChildren(parent);
      this.loaded.set(parent, after);
      const kept = new Set(after);
      for (const child of before) if (!kept.has(child)) this.unregister(child);
      if (before.length !== after.length || before.some((child, at) => child !== after[at])) {
        if (parent) changed.push(parent);
        else all = true;
      }
      pending.push(...after);
    }
    return all ? 'all' : changed;
  }

  private createChildren(parent: TreeElement | undefined): TreeElement[] {
    if (parent?.kind === 'chunk') return this.elementsIn(parent.level, parent, parent.from, parent.to);
    // The welcome view shows that nothing matches.
    if (!parent && this.options.visible?.size === 0) return [];
    if (!parent && this.engines.length !== 1) {
      return this.engines.map((engine) => this.register({ kind: 'engine', id: engine, parent, engine }));
    }
    const engine = !parent ? this.engines[0] : parent.kind === 'engine' ? parent.engine : undefined;
    const resources = engine === undefined ? [] : this.layout.resourceGroups(engine);
    return [
      ...resources.map((group) => this.elementOf(group, parent, parent)),
      ...this.elementsIn(parent, parent, 0, this.entriesOf(parent).length),
    ];
  }

  /** All rows of the level below an element, before it is split into chunks. */
  private entriesOf(level: TreeElement | undefined): readonly TopEntry[] {
    if (!level) return this.layout.top(this.engines[0] ?? '');
    if (level.kind === 'engine') return this.layout.top(level.engine);
    if (level.kind === 'group') return this.layout.group(level.group)?.entries ?? [];
    return level.kind === 'node' && !level.closesCycle ? this.layout.childrenOf(level.key) : [];
  }

  /** The children of `parent` for the rows `[from, to)` of a level: one element per row, or chunks. */
  private elementsIn(level: TreeElement | undefined, parent: TreeElement | undefined, from: number, to: number) {
    const entries = this.entriesOf(level);
    const chunks = splitIntoChunks({ from, to });
    if (!chunks) return entries.slice(from, to).map((entry) => this.elementOf(entry, level, parent));
    const engine = level && level.kind !== 'node' ? level.engine : engineOfEntry(entries[from]);
    return chunks.map((chunk) =>
      this.register({
        ...chunk,
        kind: 'chunk',
        id: `${level?.id ?? engine} [${chunk.from}, ${chunk.to})`,
        parent,
        level,
        engine,
      }),
    );
  }

  /** The nodes of a chunk. */
  nodesIn({ level, from, to }: Pick<ChunkElement, 'level' | 'from' | 'to'>): NodeKey[] {
    return this.entriesOf(level)
      .slice(from, to)
      .flatMap((entry) => (typeof entry === 'string' ? entry : entry.nodes));
  }

  private elementOf(entry: TopEntry, level: TreeElement | undefined, parent: TreeElement | undefined): TreeElement {
    if (typeof entry !== 'string') {
      return this.register({ kind: 'group', id: entry.id, parent, engine: entry.engine, group: entry.id });
    }
    // The id contains neither chunk nor state: both change while the node stays the same.
    const isNested =
      level?.kind === 'node' || (level?.kind === 'group' && this.layout.group(level.group)?.by === 'project');
    const id = isNested ? `${level.id} > ${entry}` : entry;
    return this.register({ kind: 'node', id, parent, key: entry, closesCycle: isAncestor(entry, parent) });
  }

  /** Returns the existing element with this id and parent, or registers the given one. */
  private register(element: TreeElement): TreeElement {
    const existing = this.byId.get(element.id);
    if (existing && existing.parent === element.parent) return existing;
    if (existing) this.unregister(existing);
    this.byId.set(element.id, element);
    if (element.kind === 'node') {
      const elements = this.byNode.get(element.key);
      if (elements) elements.add(element);
      else this.byNode.set(element.key, new Set([element]));
    }
    return element;
  }

  private unregister(element: TreeElement) {
    const pending = [element];
    for (let next = pending.pop(); next; next = pending.pop()) {
      pending.push(...(this.loaded.get(next) ?? []));
      this.loaded.delete(next);
      if (this.byId.get(next.id) === next) this.byId.delete(next.id);
      if (next.kind !== 'node') continue;
      const elements = this.byNode.get(next.key);
      elements?.delete(next);
      if (elements?.size === 0) this.byNode.delete(next.key);
    }
  }
}

/** The nodes that an element represents: without those below a node and those that don't match the filter. */
export function nodesOf(element: TreeElement, tree: Pick<TreeModel, 'layout' | 'nodesIn'>): readonly NodeKey[] {
  const { layout } = tree;
  if (element.kind === 'node') return [element.key];
  const keys =
    element.kind === 'group'
      ? (layout.group(element.group)?.nodes ?? [])
      : element.kind === 'chunk'
        ? tree.nodesIn(element)
        : [...layout.graph.nodes.keys()].filter((key) => engineOf(key) === element.engine);
  return keys.filter((key) => layout.isMatch(key));
}

function engineOfEntry(entry: TopEntry | undefined): EngineId {
  return typeof entry === 'string' ? engineOf(entry) : (entry?.engine ?? '');
}

/** The node's topmost element, most likely an expanded one; only its dependencies are searched, each once. */
export function findElement(model: Pick<TreeModel, 'children' | 'layout'>, key: NodeKey): TreeElement | undefined {
  const { graph } = model.layout;
  const ancestors = new Set<NodeKey>([key]);
  for (const next of ancestors) for (const { to } of graph.dependencies(next)) ancestors.add(to);
  const seen = new Set<NodeKey>();
  let row: TreeElement[] = [...model.children(undefined)];
  while (row.length > 0) {
    const found = row.find((element) => element.kind === 'node' && element.key === key);
    if (found) return found;
    row = row.flatMap((element) => {
      if (element.kind !== 'node') return element.engine === engineOf(key) ? model.children(element) : [];
      if (!ancestors.has(element.key) || seen.has(element.key)) return [];
      seen.add(element.key);
      return model.children(element);
    });
  }
  return undefined;
}
