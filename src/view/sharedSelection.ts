import * as vscode from 'vscode';
import type { NodeKey } from '../graph/model';
import type { Log } from '../service/log';
import type { Occurrence } from './tree/occurrence';

/** What is selected in the tree and in the drawing: what a person selects in one, the other follows. */
export class SharedSelection implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<readonly NodeKey[]>();
  /** What was selected from outside; the editor tells of it as if a person had done so, and later. */
  private readonly echoes = new Set<NodeKey>();
  /** What is to be selected next; while one is on its way, only the last wish counts. */
  private wished: NodeKey | undefined;
  private revealing = false;

  /** Tells the nodes that a person selects in the tree. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly view: Pick<vscode.TreeView<Occurrence>, 'selection' | 'visible' | 'reveal'>,
    private readonly places: { find(key: NodeKey): Occurrence | undefined },
    private readonly nodesAt: (places: readonly Occurrence[]) => NodeKey[],
    private readonly log: Log,
  ) {}

  /** Selects in the tree, where that is to be seen, what was selected elsewhere. */
  select(keys: readonly NodeKey[]) {
    const [key] = keys;
    if (!this.view.visible || key === undefined) return;
    this.wished = key;
    if (!this.revealing) void this.followWishes();
  }

  async reveal(key: NodeKey, focus: boolean): Promise<void> {
    const place = this.places.find(key);
    if (place) await this.view.reveal(place, { select: true, focus });
  }

  /** The editor says that something else is selected: tells it, unless it came from outside. */
  tell() {
    const keys = this.nodesAt(this.view.selection);
    const [only, ...others] = keys;
    if (only !== undefined && others.length === 0 && this.echoes.delete(only)) return;
    // A person has selected something since: what was still to be heard of is not waited for.
    this.echoes.clear();
    this.changed.fire([...new Set(keys)]);
  }

  dispose() {
    this.changed.dispose();
  }

  private async followWishes(): Promise<void> {
    this.revealing = true;
    try {
      for (let key = this.wished; key !== undefined; key = this.wished) {
        this.wished = undefined;
        if (this.view.selection.some((place) => place.kind === 'node' && place.key === key)) continue;
        this.echoes.add(key);
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
