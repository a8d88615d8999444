import type { Shape, Tone } from '../../nodeShape';
import { edgeKinds } from '../messages';
import { type Icon, iconClass, icons, type Mark, marks } from '../svgShapes';
import { el, type Strings, svg } from './dom';

const states: readonly (readonly [Shape, Tone])[] = [
  ['running', 'good'],
  ['paused', 'warn'],
  ['exited', 'muted'],
  ['exitedWithError', 'bad'],
  ['created', 'muted'],
];

/** Explains the lines and icons of the drawing. */
export class Legend {
  private readonly root = el('legend-panel');

  draw(strings: Strings) {
    if (this.root.firstChild) return;
    this.root.setAttribute('aria-label', strings.legend ?? '');
    const lines = edgeKinds.map((kind) =>
      item(strings[`${kind}Edge`], svg('path', { class: `edge ${kind}`, d: 'M0 8h28' })),
    );
    const shapes = states.map(([shape, tone]) => iconItem(strings[`${shape}State`], icons[shape], tone));
    const nodeMarks = (['healthy', 'starting', 'unhealthy', 'protected'] as const satisfies readonly Mark[]).map(
      (mark) => iconItem(strings[`${mark}Mark`], marks[mark].icon, marks[mark].tone),
    );
    this.root.append(...lines, ...shapes, ...nodeMarks);
  }

  show(isOn: boolean) {
    this.root.hidden = !isOn;
  }
}

function iconItem(text: string | undefined, icon: Icon, tone: Tone): HTMLElement {
  return item(text, svg('path', { class: iconClass(icon), d: icon.path }), tone);
}

function item(text: string | undefined, sample: SVGElement, tone?: Tone): HTMLElement {
  const row = document.createElement('div');
  const icon = svg('svg', { viewBox: '0 0 28 16', width: 28, height: 16, 'aria-hidden': 'true' });
  icon.classList.add('sample');
  if (tone) icon.classList.add(tone);
  icon.append(sample);
  row.append(icon, text ?? '');
  return row;
}
