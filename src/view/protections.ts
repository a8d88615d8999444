import * as vscode from 'vscode';
import type { ContainerGraph } from '../graph/model/graph';
import type { PlanNode } from '../graph/model/model';
import { type ProtectionReason, protectionReason } from '../graph/model/protection';
import type { WindowContainer } from '../graph/model/windowContainer';
import { onDidChangeSetting, readSettings } from './settings';

/** What no removal may touch, by the settings as they are now and by the container that this window runs in. */
export class Protections implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly watching: vscode.Disposable;
  private ownContainer: { readonly container: WindowContainer | undefined } | undefined;
  private rule: ReturnType<typeof protectionReason> | undefined;

  /** Other nodes than before are protected. */
  readonly onDidChange = this.changed.event;

  /** @param findSelf looks for the container that this window runs in; asked once, when first needed */
  constructor(private readonly findSelf: () => WindowContainer | undefined) {
    this.watching = onDidChangeSetting('protectedNames', () => {
      this.rule = undefined;
      this.changed.fire();
    });
  }

  /** By which rule a node is protected, undefined when by none. */
  readonly reasonFor = (node: PlanNode, graph: ContainerGraph): ProtectionReason | undefined => {
    this.ownContainer ??= { container: this.findSelf() };
    this.rule ??= protectionReason({ names: readSettings().protectedNames, ownContainer: this.ownContainer.container });
    return this.rule(node, graph);
  };

  dispose() {
    this.watching.dispose();
    this.changed.dispose();
  }
}
