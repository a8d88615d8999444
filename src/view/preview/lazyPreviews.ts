import * as vscode from 'vscode';
import type { Plan } from '../../graph/plan/plan';
import type { PreviewPanels } from './panel';
import type { Preview, PreviewDeps } from './preview';

/** Plans as pages are a bundle of their own, loaded when the first is to be looked at. */
export class LazyPreviews implements vscode.Disposable {
  private loading: Promise<PreviewPanels> | undefined;
  private loaded: PreviewPanels | undefined;
  private readonly changed = new vscode.EventEmitter<Plan | undefined>();
  /** The plan that is being looked at from now on; undefined when none is. */
  readonly onDidChangePlan = this.changed.event;
  private over = false;

  constructor(private readonly deps: ConstructorParameters<typeof PreviewPanels>) {}

  /** The plan that is being looked at. */
  get current(): Preview | undefined {
    return this.loaded?.current;
  }

  /** See `PreviewPanels.ask`. */
  async show(plan: Plan, parts: PreviewDeps): Promise<Plan | undefined> {
    const panels = await this.load();
    return this.over ? undefined : panels.show(plan, parts);
  }

  dispose() {
    this.over = true;
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
