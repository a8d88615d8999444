import { part } from './dom';
import type { GraphPage } from './page';
import { zoomStep } from './viewport';

/** Lengths of the screen that a pressed pointer must move before it drags the drawing, and does not click. */
const slip = 4;

/** Wires mouse, pen and touch. */
export function listenToPointer(page: GraphPage) {
  const stage = part('stage');
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
    if (key === undefined) page.select([], { tell: true });
    else if (target?.closest('.fold')) page.fold(key);
    else if (event.ctrlKey || event.metaKey || event.shiftKey) page.toggle(key);
    else page.select([key], { tell: true });
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
