import * as vscode from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import { viewIds } from '../ids';
import type { GraphPanelDeps, GraphPanels } from './panels';

/** The drawing of the graph is a bundle of its own, loaded when it is first wanted. */
export class LazyGraphPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  private loading: Promise<GraphPanels> | undefined;
  private loaded: GraphPanels | undefined;
  private readonly registration = vscode.window.registerWebviewPanelSerializer(viewIds.graph, this);
  private over = false;

  constructor(private readonly deps: GraphPanelDeps) {}

  /** Opens the graph, or brings it to the front, with these nodes selected. */
  async open(keys: readonly NodeKey[]): Promise<void> {
    (await this.load()).open(keys);
  }

  /** The editor brings a panel back after a reload of the window. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    (await this.load()).restore(panel);
  }

  /** Resolves with where it was saved. */
  async saveSvg(): Promise<vscode.Uri | undefined> {
    return (await this.load()).saveSvg();
  }

  async showMermaid(): Promise<void> {
    return (await this.load()).showMermaid();
  }

  /** Beside the graph where that has the focus, so that it is not covered. */
  get columnBeside(): vscode.ViewColumn {
    return this.loaded?.columnBeside ?? vscode.ViewColumn.Active;
  }

  dispose() {
    this.over = true;
    this.registration.dispose();
    this.loaded?.dispose();
  }

  private load(): Promise<GraphPanels> {
    this.loading ??= import('./panels').then((module) => {
      this.loaded = new module.GraphPanels(this.deps);
      if (this.over) this.loaded.dispose();
      return this.loaded;
    });
    return this.loading;
  }
}
