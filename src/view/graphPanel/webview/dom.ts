import type { WebviewMessage } from '../messages';

/** What the page itself says, by name. */
export type Strings = Readonly<Record<string, string>>;

const svgSpace = 'http://www.w3.org/2000/svg';

/** An element of the page that the frame holds. */
export function el<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found as unknown as T;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** A button that says what it does. */
export function button(id: string, label: string, act: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.id = id;
  made.type = 'button';
  made.textContent = label;
  made.addEventListener('click', act);
  return made;
}

/** `{0}` and so on replaced by what is given. */
export function format(template: string | undefined, ...values: readonly (string | number)[]): string {
  return (template ?? '').replace(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)] ?? ''));
}

/** Where a person looks: the drawing's point at the upper left corner of the stage, and how large a unit of it is. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** What outlives a reload of the window. */
interface PersistedState {
  readonly collapsed: readonly (readonly [string, boolean])[];
  readonly view: View | undefined;
  readonly selected: readonly string[];
  readonly current: string | undefined;
  readonly search: string;
}

interface Editor {
  postMessage(message: WebviewMessage): void;
  getState(): unknown;
  setState(state: PersistedState): void;
}

declare function acquireVsCodeApi(): Editor;

const nothing: PersistedState = { collapsed: [], view: undefined, selected: [], current: undefined, search: '' };

/** What the page knows of itself; each change is kept at once, for a window may be reloaded at any moment. */
export class Store {
  private readonly editor = acquireVsCodeApi();
  private state: PersistedState = { ...nothing, ...(this.editor.getState() as Partial<PersistedState> | undefined) };

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
