import type { Direction } from '../../../graph/layout/navigation';
import { zoomStep } from './viewport';
import { el } from './dom';
import type { GraphApp } from './main';

const arrows: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** Keyboard input of the graph; text fields and buttons handle their own keys. */
export function listenToKeys(app: GraphApp) {
  const { root } = app.tree;
  root.addEventListener('focus', () => app.canvas.root.classList.add('focused'));
  root.addEventListener('blur', () => app.canvas.root.classList.remove('focused'));
  root.addEventListener('keydown', (event) => {
    if (handleKey(app, event)) event.preventDefault();
  });
  document.addEventListener('keydown', (event) => {
    const isFind = event.key === '/' || (event.key === 'f' && (event.ctrlKey || event.metaKey));
    if (!isFind || event.target instanceof HTMLInputElement) return;
    app.toolbar.focusSearch();
    event.preventDefault();
  });
}

/** @returns whether the key was handled */
function handleKey(app: GraphApp, { key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  const { current } = app.selection;
  const direction = arrows[key];
  if (direction) app.move(direction);
  else if (key === 'Enter' && current !== undefined) app.open(current);
  else if (key === ' ' && current !== undefined) {
    if (ctrlKey || metaKey) app.toggle(current);
    else app.toggleCollapsed(current);
  } else if (key === 'Delete' || (key === 'Backspace' && metaKey)) app.remove();
  else if (key === 'Escape') app.select([], { notify: true });
  else if (key === 'Home')
    app.select(
      app.canvas.nodes.slice(0, 1).map((node) => node.key),
      { notify: true },
    );
  else if (key === 'End')
    app.select(
      app.canvas.nodes.slice(-1).map((node) => node.key),
      { notify: true },
    );
  else if (key === '+' || key === '=') app.zoom(true);
  else if (key === '-') app.zoom(false);
  else if (key === '0') app.fit();
  else return false;
  return true;
}

const toggle = '.collapse-toggle';
/** CSS pixels that a pressed pointer must move to count as a drag. */
const dragThreshold = 4;

/** Mouse, pen and touch input. */
export function listenToPointer(app: GraphApp) {
  const stage = el('stage');
  const { root } = app.canvas;
  const keyAt = (event: Event) => (event.target as Element | null)?.closest<SVGGElement>('.node')?.dataset.key;
  let from: { readonly x: number; readonly y: number; dragged: boolean } | undefined;

  root.addEventListener('pointerdown', (event) => {
    const key = keyAt(event);
    const node = key === undefined ? undefined : root.querySelector(`.node[data-key="${CSS.escape(key)}"]`);
    if (key !== undefined) node?.setAttribute('data-vscode-context', app.selection.contextFor(key));
    if (event.button !== 0) return;
    from = { x: event.clientX, y: event.clientY, dragged: false };
    root.setPointerCapture(event.pointerId);
  });
  root.addEventListener('pointermove', (event) => {
    if (!from) return app.hover(keyAt(event), event);
    const distance = Math.hypot(event.clientX - from.x, event.clientY - from.y);
    if (!from.dragged && distance < dragThreshold) return;
    app.viewport.pan(from.x - event.clientX, from.y - event.clientY);
    from = { x: event.clientX, y: event.clientY, dragged: true };
    root.classList.add('dragging');
  });
  root.addEventListener('pointerup', (event) => {
    const wasDragged = from?.dragged === true;
    const wasPressed = from !== undefined;
    from = undefined;
    root.classList.remove('dragging');
    if (!wasPressed || wasDragged) return;
    // With pointer capture the event's target is always the drawing.
    const target = document.elementFromPoint(event.clientX, event.clientY);
    const key = target?.closest<SVGGElement>('.node')?.dataset.key;
    if (key === undefined) app.select([], { notify: true });
    else if (target?.closest(toggle)) app.toggleCollapsed(key);
    else if (event.ctrlKey || event.metaKey || event.shiftKey) app.toggle(key);
    else app.select([key], { notify: true });
    app.tree.root.focus({ preventScroll: true });
  });
  root.addEventListener('pointercancel', () => (from = undefined));
  root.addEventListener('pointerleave', () => app.hover(undefined));
  root.addEventListener('dblclick', (event) => {
    const target = document.elementFromPoint(event.clientX, event.clientY);
    const key = target?.closest<SVGGElement>('.node')?.dataset.key;
    const isOnToggle = (event.target as Element | null)?.closest(toggle) !== null || target?.closest(toggle);
    if (key !== undefined && !isOnToggle) app.open(key);
  });
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      // A mouse wheel in lines; a line is about 30 pixels.
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
      if (event.shiftKey) app.viewport.pan((event.deltaX || event.deltaY) * unit, 0);
      else app.viewport.zoom(zoomStep ** ((-event.deltaY * unit) / 100), app.viewport.toStagePoint(event));
    },
    { passive: false },
  );
}
