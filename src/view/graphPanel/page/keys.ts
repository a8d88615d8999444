import type { Direction } from '../../../graph/drawing/steps';
import type { GraphPage } from './page';
import { zoomStep } from './viewport';

const arrows: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** Wires the keyboard, for the drawing; fields and buttons have their own keys. */
export function listenToKeys(page: GraphPage) {
  const { root } = page.outline;
  root.addEventListener('focus', () => page.canvas.root.classList.add('focused'));
  root.addEventListener('blur', () => page.canvas.root.classList.remove('focused'));
  root.addEventListener('keydown', (event) => {
    if (obey(page, event)) event.preventDefault();
  });
  document.addEventListener('keydown', (event) => {
    const isFind = event.key === '/' || (event.key === 'f' && (event.ctrlKey || event.metaKey));
    if (!isFind || event.target instanceof HTMLInputElement) return;
    page.tools.focusSearch();
    event.preventDefault();
  });
}

/** Whether the key meant something. */
function obey(page: GraphPage, { key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  const { current } = page.selection;
  const direction = arrows[key];
  if (direction) page.move(direction);
  else if (key === 'Enter' && current !== undefined) page.open(current);
  else if (key === ' ' && current !== undefined) {
    if (ctrlKey || metaKey) page.toggle(current);
    else page.fold(current);
  } else if (key === 'Delete' || (key === 'Backspace' && metaKey)) page.remove();
  else if (key === 'Escape') page.select([], { tell: true });
  else if (key === 'Home')
    page.select(
      page.canvas.nodes.slice(0, 1).map((node) => node.key),
      { tell: true },
    );
  else if (key === 'End')
    page.select(
      page.canvas.nodes.slice(-1).map((node) => node.key),
      { tell: true },
    );
  else if (key === '+' || key === '=') page.viewport.zoom(zoomStep);
  else if (key === '-') page.viewport.zoom(1 / zoomStep);
  else if (key === '0') page.viewport.fit();
  else return false;
  return true;
}
