import type { FromPage } from '../messages';

/** Where a person looks: the drawing's point at the upper left corner of the stage, and how large a unit of it is. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** What outlives a reload of the window. */
export interface Kept {
  readonly folds: readonly (readonly [string, boolean])[];
  readonly view: View | undefined;
  readonly selected: readonly string[];
  readonly current: string | undefined;
  readonly search: string;
}

interface Editor {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: Kept): void;
}

declare function acquireVsCodeApi(): Editor;

const nothing: Kept = { folds: [], view: undefined, selected: [], current: undefined, search: '' };

/** What the page knows of itself; each change is kept at once, for a window may be reloaded at any moment. */
export class Store {
  private readonly editor = acquireVsCodeApi();
  private state: Kept = { ...nothing, ...(this.editor.getState() as Partial<Kept> | undefined) };

  get kept(): Kept {
    return this.state;
  }

  keep(change: Partial<Kept>) {
    this.state = { ...this.state, ...change };
    this.editor.setState(this.state);
  }

  post(message: FromPage) {
    this.editor.postMessage(message);
  }
}
