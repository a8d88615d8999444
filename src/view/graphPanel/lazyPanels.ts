import * as vscode from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import { viewIds } from '../ids';
import type { GraphPanelDeps, GraphPanels } from './panels';

/** Loads the bundle of the graph panel on first use. */
export class LazyGraphPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  private loading: Promise<GraphPanels> | undefined;
  private loaded: GraphPanels | undefined;
  private readonly registration = vscode.window.registerWebviewPanelSerializer(viewIds.graph, this);
  private isDisposed = false;

  constructor(private readonly deps: GraphPanelDeps) {}

  /** Opens or reveals the graph, and selects these nodes. */
  async open(keys: readonly NodeKey[]): Promise<void> {
    (await this.load()).open(keys);
  }

  /** Called after a window reload. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    (await this.load()).restore(panel);
  }

  async saveSvg(): Promise<vscode.Uri | undefined> {
    return (await this.load()).saveSvg();
  }

  async showMermaid(): Promise<void> {
    return (await this.load()).showMermaid();
  }

  /** See `GraphPanels.openForPreview`. */
  async openForPreview(): Promise<vscode.ViewColumn> {
    return (await this.load()).openForPreview();
  }

  dispose() {
    this.isDisposed = true;
    this.registration.dispose();
    this.loaded?.dispose();
  }

  private load(): Promise<GraphPanels> {
    this.loading ??= import('./panels').then((module) => {
      this.loaded = new module.GraphPanels(this.deps);
      if (this.isDisposed) this.loaded.dispose();
      return this.loaded;
    });
    return this.loading;
  }
}
