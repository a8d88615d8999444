import * as vscode from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import { Lazy } from '../lazy';
import type { PreviewPanels } from './panel';
import type { Preview, PreviewDeps } from './preview';

/** Loads the bundle of the plan preview on first use. */
export class LazyPreviews implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Plan | undefined>();
  /** Fires with the plan in the open preview; undefined when it is closed. */
  readonly onDidChangePlan = this.changed.event;
  private readonly hovered = new vscode.EventEmitter<readonly NodeKey[]>();
  /** Fires with the nodes of the hovered or focused row of the page. */
  readonly onDidHover = this.hovered.event;

  private readonly panels: Lazy<PreviewPanels>;

  constructor(deps: ConstructorParameters<typeof PreviewPanels>) {
    this.panels = new Lazy(async () => {
      const { PreviewPanels } = await import('./panel');
      const panels = new PreviewPanels(...deps);
      panels.onDidChangePlan((plan) => this.changed.fire(plan));
      panels.onDidHover((keys) => this.hovered.fire(keys));
      return panels;
    });
  }

  get current(): Preview | undefined {
    return this.panels.loaded?.current;
  }

  /** Highlights the rows of these nodes. */
  hover(keys: readonly NodeKey[]) {
    this.panels.loaded?.hover(keys);
  }

  /** See `PreviewPanels.show`. */
  async show(plan: Plan, deps: PreviewDeps): Promise<Plan | undefined> {
    const panels = await this.panels.get();
    return this.panels.isDisposed ? undefined : panels.show(plan, deps);
  }

  dispose() {
    this.panels.dispose();
    this.changed.dispose();
    this.hovered.dispose();
  }
}
