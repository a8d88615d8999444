import * as vscode from 'vscode';
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
  private isDisposed = false;

  constructor(private readonly deps: ConstructorParameters<typeof PreviewPanels>) {}

  get current(): Preview | undefined {
    return this.loaded?.current;
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
  }

  private load(): Promise<PreviewPanels> {
    this.loading ??= import('./panel').then((module) => {
      this.loaded = new module.PreviewPanels(...this.deps);
      this.loaded.onDidChangePlan((plan) => this.changed.fire(plan));
      return this.loaded;
    });
    return this.loading;
  }
}
