import type { BenchRow } from '../../test/bench/benchmark';

/** Two decimals below 100, none above. */
export function formatValue(value: number | null): string {
  if (value === null) return '–';
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) < 100 ? 2 : 0);
}

export function formatRange(row: Pick<BenchRow, 'spread'> | undefined): string {
  if (!row || row.spread[0] === row.spread[1]) return '–';
  return `${formatValue(row.spread[0])}–${formatValue(row.spread[1])}`;
}

/** The peer's median; `hung` with the timeout if it did not complete. */
export function formatPeer({ peer, unit, hung }: BenchRow): string {
  if (hung) return peer === null ? 'hung' : `hung (> ${formatValue(peer)} ${unit})`;
  return peer === null ? '–' : `${formatValue(peer)} ${unit}`;
}

/** ours / peer; an upper bound if the peer hung. */
export function formatRatio({ ratio: value, hung }: BenchRow): string {
  if (value === null) return '–';
  return hung ? `< ${formatValue(value)}` : formatValue(value);
}

/** Share of all processors in percent. */
export function formatCpu(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}
