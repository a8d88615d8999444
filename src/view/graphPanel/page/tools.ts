import type { Overlay } from '../messages';
import { button, filled, part, type Words } from './dom';

export interface ToolDeeds {
  fit(): void;
  zoom(inwards: boolean): void;
  foldAll(folded: boolean): void;
  arrange(): void;
  saveSvg(): void;
  showMermaid(): void;
  search(text: string): void;
  nextFound(back: boolean): void;
  /** A wave, or undefined for all of them. */
  showWave(wave: number | undefined): void;
}

/** What stands above the drawing. */
export class Tools {
  private readonly bar = part('tools');
  private readonly waves = part('waves');
  private readonly input = document.createElement('input');
  private readonly count = document.createElement('span');
  private words: Words = {};

  constructor(private readonly deeds: ToolDeeds) {
    this.input.type = 'search';
    this.input.id = 'search';
    this.input.addEventListener('input', () => deeds.search(this.input.value));
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') deeds.nextFound(event.shiftKey);
    });
    this.count.id = 'found';
    this.count.setAttribute('role', 'status');
  }

  draw(words: Words, text: string) {
    if (this.bar.firstChild) return;
    this.words = words;
    const { deeds } = this;
    const say = (key: string) => words[key] ?? key;
    this.bar.setAttribute('aria-label', say('tools'));
    this.waves.setAttribute('aria-label', say('waves'));
    this.input.placeholder = say('search');
    this.input.setAttribute('aria-label', say('search'));
    this.input.value = text;
    this.bar.append(
      button('fit', say('fit'), () => deeds.fit()),
      iconButton('zoomIn', '+', say('zoomIn'), () => deeds.zoom(true)),
      iconButton('zoomOut', '−', say('zoomOut'), () => deeds.zoom(false)),
      button('foldAll', say('foldAll'), () => deeds.foldAll(true)),
      button('openAll', say('openAll'), () => deeds.foldAll(false)),
      button('arrange', say('arrange'), () => deeds.arrange()),
      this.input,
      this.count,
      button('saveSvg', say('saveSvg'), () => deeds.saveSvg()),
      button('showMermaid', say('showMermaid'), () => deeds.showMermaid()),
    );
  }

  focusSearch() {
    this.input.focus();
    this.input.select();
  }

  showFound(at: number, count: number) {
    if (this.input.value === '') this.count.textContent = '';
    else this.count.textContent = count === 0 ? (this.words.foundNone ?? '') : filled(this.words.found, at, count);
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
    const all = button('wave-all', this.words.allWaves ?? '', () => press(all, undefined));
    const buttons = [
      all,
      ...overlay.waves.map((words, wave) => {
        const one = button(`wave-${wave + 1}`, filled(this.words.wave, wave + 1), () => press(one, wave));
        one.title = words;
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
