import * as vscode from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import type { PreviewPanels } from './panel';
import type { Preview, PreviewDeps } from './preview';

/** Loads the bundle of the plan preview on first use. */
export class LazyPreviews implements vscode.Disposable {
  private loading: Promise<PreviewPanels> | undefined;
  private loaded: PreviewPanels | undefined;
  private readonly changed = new vscode.EventEmitter<Plan | undefined>();
  /** Fires with the plan in the open preview; undefined when it is closed. */
  readonly onDidChangePlan = this.changed.event;
  private readonly hovered = new vscode.EventEmitter<readonly NodeKey[]>();
  /** Fires with the nodes of the hovered or focused row of the page. */
  readonly onDidHover = this.hovered.event;
  private isDisposed = false;

  constructor(private readonly deps: ConstructorParameters<typeof PreviewPanels>) {}

  get current(): Preview | undefined {
    return this.loaded?.current;
  }

  /** Highlights the rows of these nodes. */
  hover(keys: readonly NodeKey[]) {
    this.loaded?.hover(keys);
  }

  /** See `PreviewPanels.show`. */
  async show(plan: Plan, deps: PreviewDeps): Promise<Plan | undefined> {
    const panels = await this.load();
    return this.isDisposed ? undefined : panels.show(plan, deps);
  }

  dispose() {
    this.isDisposed = true;
    this.loaded?.dispose();
    this.changed.dispose();
    this.hovered.dispose();
  }

  private load(): Promise<PreviewPanels> {
    this.loading ??= import('./panel').then((module) => {
      this.loaded = new module.PreviewPanels(...this.deps);
      this.loaded.onDidChangePlan((plan) => this.changed.fire(plan));
      this.loaded.onDidHover((keys) => this.hovered.fire(keys));
      return this.loaded;
    });
    return this.loading;
  }
}
