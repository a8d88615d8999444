import * as vscode from 'vscode';
import type { ContainerGraph } from '../graph/graph';
import type { PlanNode } from '../graph/model';
import type { Protection } from '../graph/protection';
import { protection } from '../graph/protection';
import type { WindowContainer } from '../graph/windowContainer';
import { onDidChangeSetting, readSettings } from './settings';

/** What no removal may touch, by the settings as they are now and by the container that this window runs in. */
export class Protections implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly watching: vscode.Disposable;
  private self: { readonly container: WindowContainer | undefined } | undefined;
  private rule: ReturnType<typeof protection> | undefined;

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
  readonly of = (node: PlanNode, graph: ContainerGraph): Protection | undefined => {
    this.self ??= { container: this.findSelf() };
    this.rule ??= protection({ names: readSettings().protectedNames, self: this.self.container });
    return this.rule(node, graph);
  };

  dispose() {
    this.watching.dispose();
    this.changed.dispose();
  }
}
