import type { NodeModel } from '../messages';
import { el, format, strings, svg } from './dom';

interface ToolbarActions {
  fit(): void;
  zoom(inwards: boolean): void;
  collapseAll(collapsed: boolean): void;
  toggleLegend(): void;
  toggleResources(): void;
  search(text: string): void;
  selectNextMatch(backward: boolean): void;
}

/** Paths in a square of 16. */
const toolIcons = {
  collapseAll: 'M4.5 2.5h9v9M2.5 5.5h8v8h-8zM4.5 9.5h4',
  expandAll: 'M4.5 2.5h9v9M2.5 5.5h8v8h-8zM4.5 9.5h4M6.5 7.5v4',
  legend: 'M2 4h3M7 4h7M2 8h3M7 8h7M2 12h3M7 12h7',
  resources: 'M3 4c0-2.6 10-2.6 10 0v8c0 2.6-10 2.6-10 0zM3 4c0 2.6 10 2.6 10 0',
  zoomIn: 'M3 8h10M8 3v10',
  zoomOut: 'M3 8h10',
  fit: 'M2.5 6v-3.5h3.5M10 2.5h3.5v3.5M13.5 10v3.5h-3.5M6 13.5h-3.5v-3.5',
};

/** The toolbar above the drawing and the zoom buttons on it: one tab stop, then the search field. */
export class Toolbar {
  private readonly bar = el('toolbar');
  private readonly zoomBar = el('zoom');
  private readonly input = document.createElement('input');
  private readonly count = document.createElement('span');
  private readonly buttons: readonly HTMLButtonElement[];

  constructor(actions: ToolbarActions, searchText: string) {
    this.input.type = 'search';
    this.input.id = 'search';
    this.input.placeholder = strings.search ?? '';
    this.input.setAttribute('aria-label', strings.search ?? '');
    this.input.value = searchText;
    this.input.addEventListener('input', () => actions.search(this.input.value));
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') actions.selectNextMatch(event.shiftKey);
    });
    this.count.id = 'match-position';
    this.count.setAttribute('role', 'status');
    this.bar.setAttribute('aria-label', strings.toolbar ?? '');
    this.zoomBar.setAttribute('aria-label', strings.zoom ?? '');
    const create = (id: keyof typeof toolIcons, act: () => void) => toolButton(id, strings[id] ?? id, act);
    const tools = [
      create('collapseAll', () => actions.collapseAll(true)),
      create('expandAll', () => actions.collapseAll(false)),
      create('resources', () => actions.toggleResources()),
      create('legend', () => actions.toggleLegend()),
    ];
    const zooms = [
      create('zoomIn', () => actions.zoom(true)),
      create('zoomOut', () => actions.zoom(false)),
      create('fit', () => actions.fit()),
    ];
    this.buttons = [...tools, ...zooms];
    this.buttons.forEach((one, at) => (one.tabIndex = at === 0 ? 0 : -1));
    this.bar.append(...tools, this.input, this.count);
    this.zoomBar.append(...zooms);
    for (const bar of [this.bar, this.zoomBar]) bar.addEventListener('keydown', (event) => this.moveFocus(event));
  }

  focusSearch() {
    this.input.focus();
    this.input.select();
  }

  showLegend(isOn: boolean) {
    this.setPressed('legend', isOn);
  }

  showResources(isOn: boolean) {
    this.setPressed('resources', isOn);
  }

  private setPressed(name: string, isOn: boolean) {
    this.buttons.find(({ id }) => id === name)?.setAttribute('aria-pressed', String(isOn));
  }

  /** @param position of the current match, from 1 */
  showMatches(position: number, count: number) {
    const { noMatches, matchPosition } = strings;
    if (this.input.value === '') this.count.textContent = '';
    else this.count.textContent = count === 0 ? (noMatches ?? '') : format(matchPosition, position, count);
  }

  /** Roving focus among the buttons. */
  private moveFocus(event: KeyboardEvent) {
    const at = this.buttons.findIndex((one) => one === event.target);
    if (at < 0) return;
    const { length } = this.buttons;
    const targets: Readonly<Record<string, number>> = {
      ArrowRight: (at + 1) % length,
      ArrowLeft: (at + length - 1) % length,
      Home: 0,
      End: length - 1,
    };
    const next = this.buttons[targets[event.key] ?? -1];
    if (!next) return;
    for (const one of this.buttons) one.tabIndex = one === next ? 0 : -1;
    next.focus();
    event.preventDefault();
  }
}

function toolButton(id: keyof typeof toolIcons, label: string, act: () => void): HTMLButtonElement {
  const button = document.createElement('button');
  button.id = id;
  button.type = 'button';
  button.title = label;
  button.setAttribute('aria-label', label);
  const icon = svg('svg', { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' });
  icon.append(svg('path', { d: toolIcons[id] }));
  button.append(icon);
  button.addEventListener('click', act);
  return button;
}

/** Search by name; matches are in drawing order. */
export class Search {
  private matches: readonly string[] = [];
  private index = 0;

  get keys(): readonly string[] {
    return this.matches;
  }

  /** Of the current match, from 1; 0 if there are no matches. */
  get position(): number {
    return this.matches.length > 0 ? this.index + 1 : 0;
  }

  search(text: string, nodes: readonly NodeModel[]) {
    const query = text.trim().toLowerCase();
    this.index = 0;
    this.matches = query ? nodes.filter(({ label }) => label.toLowerCase().includes(query)).map(({ key }) => key) : [];
  }

  /** The next match other than the current node, cyclically. */
  next(current: string | undefined, backward: boolean): string | undefined {
    const count = this.matches.length;
    if (count === 0) return undefined;
    if (this.matches[this.index] === current) this.index = (this.index + (backward ? count - 1 : 1)) % count;
    return this.matches[this.index];
  }
}
