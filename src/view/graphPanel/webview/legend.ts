import { resourceKinds } from '../../../graph/model/resources';
import type { Shape, Tone } from '../../nodeShape';
import { edgeKinds } from '../messages';
import { type Icon, iconClass, icons, type Mark, marks } from '../svgShapes';
import { el, strings, svg } from './dom';

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
  private withResources = false;

  constructor() {
    this.root.setAttribute('aria-label', strings.legend ?? '');
  }

  show(isOn: boolean, withResources: boolean) {
    this.root.hidden = !isOn;
    if (isOn && (!this.root.firstChild || withResources !== this.withResources)) this.draw(withResources);
  }

  private draw(withResources: boolean) {
    this.withResources = withResources;
    const kinds = edgeKinds.filter((kind) => withResources || kind !== 'resource');
    const lines = kinds.map((kind) =>
      item(strings[`${kind}Edge`], svg('path', { class: `edge ${kind}`, d: 'M0 8h28' })),
    );
    const shapes = states.map(([shape, tone]) => iconItem(strings[`${shape}State`], icons[shape], tone));
    const nodeMarks = (['healthy', 'starting', 'unhealthy', 'protected'] as const satisfies readonly Mark[]).map(
      (mark) => iconItem(strings[`${mark}Mark`], marks[mark].icon, marks[mark].tone),
    );
    const resources = withResources
      ? resourceKinds.map((kind) => iconItem(strings[`${kind}Kind`], icons[kind], 'muted'))
      : [];
    this.root.replaceChildren(...lines, ...resources, ...shapes, ...nodeMarks);
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
