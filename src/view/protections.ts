import * as vscode from 'vscode';
import type { ContainerGraph } from '../graph/model/graph';
import type { PlanNode } from '../graph/model/model';
import { type ProtectionReason, protectionReason, type WindowContainer } from '../graph/model/protection';
import { onDidChangeSetting, readSettings } from './settings';

/** Which nodes are protected, by the current settings and the container that hosts this window. */
export class Protections implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscription: vscode.Disposable;
  private ownContainer: { readonly container: WindowContainer | undefined } | undefined;
  private rule: ReturnType<typeof protectionReason> | undefined;

  /** The set of protected nodes changed. */
  readonly onDidChange = this.changed.event;

  /** @param findOwnContainer finds the container that hosts this window; called once, on first use */
  constructor(private readonly findOwnContainer: () => WindowContainer | undefined) {
    this.subscription = onDidChangeSetting('protectedNames', () => {
      this.rule = undefined;
      this.changed.fire();
    });
  }

  /** Undefined for unprotected nodes. */
  readonly reasonFor = (node: PlanNode, graph: ContainerGraph): ProtectionReason | undefined => {
    this.ownContainer ??= { container: this.findOwnContainer() };
    this.rule ??= protectionReason({ names: readSettings().protectedNames, ownContainer: this.ownContainer.container });
    return this.rule(node, graph);
  };

  dispose() {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
