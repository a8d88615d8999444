import * as vscode from 'vscode';
import type { NodeKey } from '../graph/model/model';
import type { Log } from '../service/service';
import type { TreeElement } from './tree/treeElement';

/** Keeps the selections of tree and graph panel in sync. */
export class SelectionSync implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<readonly NodeKey[]>();
  /** Selected by the extension; VS Code reports these selections later, like the user's. */
  private readonly pendingEchoes = new Set<NodeKey>();
  /** Next node to select; only the latest request counts. */
  private requested: NodeKey | undefined;
  private revealing = false;

  /** The user selected other nodes in the tree. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly view: Pick<vscode.TreeView<TreeElement>, 'selection' | 'visible' | 'reveal'>,
    private readonly elements: { find(key: NodeKey): TreeElement | undefined },
    private readonly nodesAt: (elements: readonly TreeElement[]) => NodeKey[],
    private readonly log: Log,
  ) {}

  /** Selects nodes in the tree if it is visible. */
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

  /** Forwards selections by the user, ignores those of the extension. */
  handleTreeSelection() {
    const keys = this.nodesAt(this.view.selection);
    const [only, ...others] = keys;
    if (only !== undefined && others.length === 0 && this.pendingEchoes.delete(only)) return;
    // The user has selected something since: outstanding echoes are obsolete.
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
      // The node was removed in the meantime.
      this.log.debug(`could not be shown in the tree: ${String(thrown)}`);
    } finally {
      this.revealing = false;
    }
  }
}
