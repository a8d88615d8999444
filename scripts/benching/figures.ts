import type { BenchRow } from '../../test/bench/row';

/** A figure as people read it: two digits after the point where it is small, none where it is large. */
export function figure(value: number | null): string {
  if (value === null) return '–';
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) < 100 ? 2 : 0);
}

export function spread(row: Pick<BenchRow, 'spread'> | undefined): string {
  if (!row || row.spread[0] === row.spread[1]) return '–';
  return `${figure(row.spread[0])}–${figure(row.spread[1])}`;
}

/** What the peer needed; a peer that never came to its end is `hung`, with the bound at which it was given up. */
export function peerFigure({ peer, unit, hung }: BenchRow): string {
  if (hung) return peer === null ? 'hung' : `hung (> ${figure(peer)} ${unit})`;
  return peer === null ? '–' : `${figure(peer)} ${unit}`;
}

/** ours / peer. Against a peer that hung it is at most that. */
export function ratio({ ratio: value, hung }: BenchRow): string {
  if (value === null) return '–';
  return hung ? `< ${figure(value)}` : figure(value);
}

/** How much of all processors was in use, as people read it. */
export function busyFigure(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}
