import type { WebviewMessage } from '../messages';

const svgNamespace = 'http://www.w3.org/2000/svg';

/** An element of the static page. */
export function el<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found as unknown as T;
}

/** Localized strings by name; see `webviewStrings`. */
export const strings = JSON.parse(el('page').dataset.strings ?? '{}') as Readonly<Record<string, string>>;

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** Replaces `{0}` and so on. */
export function format(template: string | undefined, ...values: readonly (string | number)[]): string {
  return (template ?? '').replace(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)] ?? ''));
}

/** The graph point at the upper left corner of the stage, and the scale. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Survives a window reload. */
interface PersistedState {
  readonly collapsed: readonly (readonly [string, boolean])[];
  readonly view: View | undefined;
  readonly selected: readonly string[];
  readonly current: string | undefined;
  readonly search: string;
  readonly legend: boolean;
}

interface Editor {
  postMessage(message: WebviewMessage): void;
  getState(): unknown;
  setState(state: PersistedState): void;
}

declare function acquireVsCodeApi(): Editor;

const initialState: PersistedState = {
  collapsed: [],
  view: undefined,
  selected: [],
  current: undefined,
  search: '',
  legend: false,
};

/** Persists each change at once, because the window may be reloaded at any time. */
export class Store {
  private readonly editor = acquireVsCodeApi();
  private state: PersistedState = {
    ...initialState,
    ...(this.editor.getState() as Partial<PersistedState> | undefined),
  };

  get current(): PersistedState {
    return this.state;
  }

  save(change: Partial<PersistedState>) {
    this.state = { ...this.state, ...change };
    this.editor.setState(this.state);
  }

  post(message: WebviewMessage) {
    this.editor.postMessage(message);
  }
}
