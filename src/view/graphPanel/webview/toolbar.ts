import type { NodeModel } from '../messages';
import { button, el, format, type Strings } from './dom';

interface ToolbarActions {
  fit(): void;
  zoom(inwards: boolean): void;
  collapseAll(collapsed: boolean): void;
  resetLayout(): void;
  saveSvg(): void;
  showMermaid(): void;
  search(text: string): void;
  selectNextMatch(backward: boolean): void;
}

export class Toolbar {
  private readonly bar = el('toolbar');
  private readonly input = document.createElement('input');
  private readonly count = document.createElement('span');
  private strings: Strings = {};

  constructor(private readonly actions: ToolbarActions) {
    this.input.type = 'search';
    this.input.id = 'search';
    this.input.addEventListener('input', () => actions.search(this.input.value));
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') actions.selectNextMatch(event.shiftKey);
    });
    this.count.id = 'match-position';
    this.count.setAttribute('role', 'status');
  }

  draw(strings: Strings, searchText: string) {
    if (this.bar.firstChild) return;
    this.strings = strings;
    const { actions } = this;
    const label = (key: string) => strings[key] ?? key;
    this.bar.setAttribute('aria-label', label('toolbar'));
    this.input.placeholder = label('search');
    this.input.setAttribute('aria-label', label('search'));
    this.input.value = searchText;
    this.bar.append(
      button('fit', label('fit'), () => actions.fit()),
      iconButton('zoomIn', '+', label('zoomIn'), () => actions.zoom(true)),
      iconButton('zoomOut', '−', label('zoomOut'), () => actions.zoom(false)),
      button('collapseAll', label('collapseAll'), () => actions.collapseAll(true)),
      button('expandAll', label('expandAll'), () => actions.collapseAll(false)),
      button('resetLayout', label('resetLayout'), () => actions.resetLayout()),
      this.input,
      this.count,
      button('saveSvg', label('saveSvg'), () => actions.saveSvg()),
      button('showMermaid', label('showMermaid'), () => actions.showMermaid()),
    );
  }

  focusSearch() {
    this.input.focus();
    this.input.select();
  }

  /** @param position of the current match, from 1 */
  showMatches(position: number, count: number) {
    const { noMatches, matchPosition } = this.strings;
    if (this.input.value === '') this.count.textContent = '';
    else this.count.textContent = count === 0 ? (noMatches ?? '') : format(matchPosition, position, count);
  }
}

function iconButton(id: string, icon: string, label: string, act: () => void): HTMLButtonElement {
  const element = button(id, icon, act);
  element.title = label;
  element.setAttribute('aria-label', label);
  return element;
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
