import type { Direction } from '../../../graph/layout/navigation';
import { zoomStep } from './canvas';
import { el } from './dom';
import type { GraphApp } from './main';

const arrows: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** Wires the keyboard, for the drawing; fields and buttons have their own keys. */
export function listenToKeys(page: GraphApp) {
  const { root } = page.outline;
  root.addEventListener('focus', () => page.canvas.root.classList.add('focused'));
  root.addEventListener('blur', () => page.canvas.root.classList.remove('focused'));
  root.addEventListener('keydown', (event) => {
    if (handleKey(page, event)) event.preventDefault();
  });
  document.addEventListener('keydown', (event) => {
    const isFind = event.key === '/' || (event.key === 'f' && (event.ctrlKey || event.metaKey));
    if (!isFind || event.target instanceof HTMLInputElement) return;
    page.tools.focusSearch();
    event.preventDefault();
  });
}

/** Whether the key meant something. */
function handleKey(page: GraphApp, { key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  const { current } = page.selection;
  const direction = arrows[key];
  if (direction) page.move(direction);
  else if (key === 'Enter' && current !== undefined) page.open(current);
  else if (key === ' ' && current !== undefined) {
    if (ctrlKey || metaKey) page.toggle(current);
    else page.setCollapsed(current);
  } else if (key === 'Delete' || (key === 'Backspace' && metaKey)) page.remove();
  else if (key === 'Escape') page.select([], { notify: true });
  else if (key === 'Home')
    page.select(
      page.canvas.nodes.slice(0, 1).map((node) => node.key),
      { notify: true },
    );
  else if (key === 'End')
    page.select(
      page.canvas.nodes.slice(-1).map((node) => node.key),
      { notify: true },
    );
  else if (key === '+' || key === '=') page.viewport.zoom(zoomStep);
  else if (key === '-') page.viewport.zoom(1 / zoomStep);
  else if (key === '0') page.viewport.fit();
  else return false;
  return true;
}

/** Lengths of the screen that a pressed pointer must move before it drags the drawing, and does not click. */
const slip = 4;

/** Wires mouse, pen and touch. */
export function listenToPointer(page: GraphApp) {
  const stage = el('stage');
  const { root } = page.canvas;
  const keyAt = (event: Event) => (event.target as Element | null)?.closest<SVGGElement>('.node')?.dataset.key;
  const onFold = (event: Event) => (event.target as Element | null)?.closest('.fold') !== null;
  let from: { readonly x: number; readonly y: number; dragged: boolean } | undefined;

  root.addEventListener('pointerdown', (event) => {
    const key = keyAt(event);
    const node = key === undefined ? undefined : root.querySelector(`.node[data-key="${CSS.escape(key)}"]`);
    if (key !== undefined) node?.setAttribute('data-vscode-context', page.selection.contextFor(key));
    if (event.button !== 0) return;
    from = { x: event.clientX, y: event.clientY, dragged: false };
    root.setPointerCapture(event.pointerId);
  });
  root.addEventListener('pointermove', (event) => {
    if (!from) return page.hover(keyAt(event), event);
    const far = Math.hypot(event.clientX - from.x, event.clientY - from.y);
    if (!from.dragged && far < slip) return;
    page.viewport.pan(from.x - event.clientX, from.y - event.clientY);
    from = { x: event.clientX, y: event.clientY, dragged: true };
    root.classList.add('dragging');
  });
  root.addEventListener('pointerup', (event) => {
    const wasDragged = from?.dragged === true;
    const wasPressed = from !== undefined;
    from = undefined;
    root.classList.remove('dragging');
    if (!wasPressed || wasDragged) return;
    // The capture of the pointer makes the drawing the target of all that follows.
    const target = document.elementFromPoint(event.clientX, event.clientY);
    const key = target?.closest<SVGGElement>('.node')?.dataset.key;
    if (key === undefined) page.select([], { notify: true });
    else if (target?.closest('.fold')) page.setCollapsed(key);
    else if (event.ctrlKey || event.metaKey || event.shiftKey) page.toggle(key);
    else page.select([key], { notify: true });
    page.outline.root.focus({ preventScroll: true });
  });
  root.addEventListener('pointercancel', () => (from = undefined));
  root.addEventListener('pointerleave', () => page.hover(undefined));
  root.addEventListener('dblclick', (event) => {
    const target = document.elementFromPoint(event.clientX, event.clientY);
    const key = target?.closest<SVGGElement>('.node')?.dataset.key;
    if (key !== undefined && !onFold(event) && !target?.closest('.fold')) page.open(key);
  });
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const { left, top } = stage.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      if (event.ctrlKey || event.metaKey) page.viewport.zoom(zoomStep ** (-event.deltaY / 100), at);
      else if (event.shiftKey) page.viewport.pan(event.deltaY || event.deltaX, 0);
      else page.viewport.pan(event.deltaX, event.deltaY);
    },
    { passive: false },
  );
}
