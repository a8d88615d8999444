import type { Shape } from './messages';

/**
 * A sign within a square of 16, as an SVG path whose only absolute commands are its moves. Whoever sees no colour tells
 * states apart by these.
 */
export interface Sign {
  readonly path: string;
  /** Filled; otherwise only its lines are drawn. */
  readonly solid: boolean;
}

const circle = 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z';

export const signs: Readonly<Record<Shape, Sign>> = {
  running: { path: circle, solid: true },
  idle: { path: circle, solid: false },
  paused: { path: 'M4 3h3v10h-3zM9 3h3v10h-3z', solid: true },
  restarting: { path: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3', solid: false },
  stopping: { path: `${circle}M8 2v12a6 6 0 0 1 0-12z`, solid: false },
  removing: { path: 'M3 4h10M6 4v-2h4v2M4.5 4l.7 10h5.6l.7-10', solid: false },
  waiting: { path: `${circle}M8 4.5v3.5l2.5 2`, solid: false },
  warning: { path: 'M8 2l6.5 12h-13zM8 6.5v4M8 12v.6', solid: false },
  external: { path: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.8M8 12.4v.8', solid: false },
  failed: { path: 'M3 3l10 10M13 3l-10 10', solid: false },
  gone: { path: 'M2.5 8.5l3.5 3.5l7.5-8', solid: false },
  pod: { path: 'M8 1.5l6 3.2v6.6l-6 3.2l-6-3.2v-6.6zM2 4.7l6 3.3l6-3.3M8 8v6.5', solid: false },
  box: { path: 'M2 5l6-3l6 3l-6 3zM2 8l6 3l6-3M2 11l6 3l6-3', solid: false },
};

/** The path of a sign at another place. */
export function signAt({ path }: Sign, x: number, y: number): string {
  return path.replace(/M(\S+) ([\d.]+)/g, (_, atX: string, atY: string) => `M${Number(atX) + x} ${Number(atY) + y}`);
}

/** Drawn at the sign of what no removal touches. */
export const shield: Sign = { path: 'M8 1.5l5.5 2v4c0 3.5-2.3 5.9-5.5 7c-3.2-1.1-5.5-3.5-5.5-7v-4z', solid: false };
