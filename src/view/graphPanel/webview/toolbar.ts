import type { NodeModel, Overlay } from '../messages';
import { button, el, format, type Strings } from './dom';

interface ToolbarActions {
  fit(): void;
  zoom(inwards: boolean): void;
  collapseAll(collapsed: boolean): void;
  arrange(): void;
  saveSvg(): void;
  showMermaid(): void;
  search(text: string): void;
  nextFound(back: boolean): void;
  /** A wave, or undefined for all of them. */
  showWave(wave: number | undefined): void;
}

/** What stands above the drawing. */
export class Toolbar {
  private readonly bar = el('tools');
  private readonly waves = el('waves');
  private readonly input = document.createElement('input');
  private readonly count = document.createElement('span');
  private text: Strings = {};

  constructor(private readonly deeds: ToolbarActions) {
    this.input.type = 'search';
    this.input.id = 'search';
    this.input.addEventListener('input', () => deeds.search(this.input.value));
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') deeds.nextFound(event.shiftKey);
    });
    this.count.id = 'found';
    this.count.setAttribute('role', 'status');
  }

  draw(words: Strings, text: string) {
    if (this.bar.firstChild) return;
    this.text = words;
    const { deeds: actions } = this;
    const say = (key: string) => words[key] ?? key;
    this.bar.setAttribute('aria-label', say('tools'));
    this.waves.setAttribute('aria-label', say('waves'));
    this.input.placeholder = say('search');
    this.input.setAttribute('aria-label', say('search'));
    this.input.value = text;
    this.bar.append(
      button('fit', say('fit'), () => actions.fit()),
      iconButton('zoomIn', '+', say('zoomIn'), () => actions.zoom(true)),
      iconButton('zoomOut', '−', say('zoomOut'), () => actions.zoom(false)),
      button('foldAll', say('foldAll'), () => actions.collapseAll(true)),
      button('openAll', say('openAll'), () => actions.collapseAll(false)),
      button('arrange', say('arrange'), () => actions.arrange()),
      this.input,
      this.count,
      button('saveSvg', say('saveSvg'), () => actions.saveSvg()),
      button('showMermaid', say('showMermaid'), () => actions.showMermaid()),
    );
  }

  focusSearch() {
    this.input.focus();
    this.input.select();
  }

  showFound(at: number, count: number) {
    if (this.input.value === '') this.count.textContent = '';
    else this.count.textContent = count === 0 ? (this.text.foundNone ?? '') : format(this.text.found, at, count);
  }

  /** A plan's waves as buttons, to be gone through one by one. */
  showPlan(overlay: Overlay | undefined) {
    this.waves.hidden = overlay === undefined;
    this.waves.replaceChildren();
    if (!overlay) return;
    const title = document.createElement('span');
    title.textContent = overlay.title;
    const press = (pressed: HTMLButtonElement, wave: number | undefined) => {
      for (const one of buttons) one.setAttribute('aria-pressed', String(one === pressed));
      this.deeds.showWave(wave);
    };
    const all = button('wave-all', this.text.allWaves ?? '', () => press(all, undefined));
    const buttons = [
      all,
      ...overlay.waves.map((text, wave) => {
        const one = button(`wave-${wave + 1}`, format(this.text.wave, wave + 1), () => press(one, wave));
        one.title = text;
        return one;
      }),
    ];
    for (const one of buttons) one.setAttribute('aria-pressed', String(one === all));
    this.waves.append(title, ...buttons);
  }
}

function iconButton(id: string, sign: string, label: string, act: () => void): HTMLButtonElement {
  const made = button(id, sign, act);
  made.title = label;
  made.setAttribute('aria-label', label);
  return made;
}

/** What has a text in its name, in the order in which it is drawn, and at which of them one is. */
export class Search {
  private found: readonly string[] = [];
  private index = 0;

  get keys(): readonly string[] {
    return this.found;
  }

  /** From 1 on; 0 where nothing was found. */
  get place(): number {
    return this.found.length > 0 ? this.index + 1 : 0;
  }

  search(text: string, nodes: readonly NodeModel[]) {
    const wanted = text.trim().toLowerCase();
    this.index = 0;
    this.found = wanted ? nodes.filter(({ label }) => label.toLowerCase().includes(wanted)).map(({ key }) => key) : [];
  }

  /** The one to go to: the first that one is not at already, around and around. */
  next(current: string | undefined, back: boolean): string | undefined {
    const count = this.found.length;
    if (count === 0) return undefined;
    if (this.found[this.index] === current) this.index = (this.index + (back ? count - 1 : 1)) % count;
    return this.found[this.index];
  }
}
