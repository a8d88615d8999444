import * as vscode from 'vscode';
import type { NodeKey } from '../graph/model/model';
import type { Log } from '../service/log';
import type { TreeElement } from './tree/treeElement';

/** What is selected in the tree and in the drawing: what a person selects in one, the other follows. */
export class SelectionSync implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<readonly NodeKey[]>();
  /** What was selected from outside; the editor tells of it as if a person had done so, and later. */
  private readonly pendingEchoes = new Set<NodeKey>();
  /** What is to be selected next; while one is on its way, only the last wish counts. */
  private requested: NodeKey | undefined;
  private revealing = false;

  /** Tells the nodes that a person selects in the tree. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly view: Pick<vscode.TreeView<TreeElement>, 'selection' | 'visible' | 'reveal'>,
    private readonly elements: { find(key: NodeKey): TreeElement | undefined },
    private readonly nodesAt: (elements: readonly TreeElement[]) => NodeKey[],
    private readonly log: Log,
  ) {}

  /** Selects in the tree, where that is to be seen, what was selected elsewhere. */
  select(keys: readonly NodeKey[]) {
    const [key] = keys;
    if (!this.view.visible || key === undefined) return;
    this.requested = key;
    if (!this.revealing) void this.applyRequested();
  }

  async reveal(key: NodeKey, focus: boolean): Promise<void> {
    const element = this.elements.find(key);
    if (element) await this.view.reveal(element, { select: true, focus });
  }

  /** The editor says that something else is selected: tells it, unless it came from outside. */
  handleTreeSelection() {
    const keys = this.nodesAt(this.view.selection);
    const [only, ...others] = keys;
    if (only !== undefined && others.length === 0 && this.pendingEchoes.delete(only)) return;
    // A person has selected something since: what was still to be heard of is not waited for.
    this.pendingEchoes.clear();
    this.changed.fire([...new Set(keys)]);
  }

  dispose() {
    this.changed.dispose();
  }

  private async applyRequested(): Promise<void> {
    this.revealing = true;
    try {
      for (let key = this.requested; key !== undefined; key = this.requested) {
        this.requested = undefined;
        if (this.view.selection.some((element) => element.kind === 'node' && element.key === key)) continue;
        this.pendingEchoes.add(key);
        await this.reveal(key, false);
      }
    } catch (thrown) {
      // It went while it was looked for.
      this.log.debug(`could not be shown in the tree: ${String(thrown)}`);
    } finally {
      this.revealing = false;
    }
  }
}
