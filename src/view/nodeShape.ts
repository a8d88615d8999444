/** Icons that distinguish states without color. */
export const shapes = [
  'running',
  'exited',
  'exitedWithError',
  'created',
  'paused',
  'restarting',
  'stopping',
  'removing',
  'waiting',
  'otherWindow',
  'warning',
  'unlisted',
  'failed',
  'removed',
  'pod',
  'box',
  'volume',
  'network',
  'image',
] as const;
export type Shape = (typeof shapes)[number];

/** The codicon of each shape. */
export const codicons: Readonly<Record<Shape, string>> = {
  running: 'circle-large-filled',
  exited: 'circle-large-outline',
  exitedWithError: 'error',
  created: 'issue-draft',
  paused: 'debug-pause',
  restarting: 'sync',
  stopping: 'color-mode',
  removing: 'loading~spin',
  waiting: 'history',
  otherWindow: 'multiple-windows',
  warning: 'warning',
  unlisted: 'question',
  failed: 'error',
  removed: 'check',
  pod: 'package',
  box: 'layers',
  volume: 'database',
  network: 'type-hierarchy',
  image: 'versions',
};

/** The color of a state; shape and text carry the same information. */
export type Tone = 'good' | 'warn' | 'bad' | 'muted';
