import type { BenchRow } from '../../test/bench/benchmark';
import { formatPeer, formatRange, formatRatio, formatValue } from './figures';

const COLUMNS: readonly (readonly [title: string, width: number, cell: (row: BenchRow) => string])[] = [
  ['row', -18, (row) => row.name],
  ['ours', 13, (row) => `${formatValue(row.ours)} ${row.unit}`],
  ['spread', 14, formatRange],
  ['n', 3, (row) => String(row.n)],
  ['left', 5, (row) => formatValue(row.left)],
  ['  peer', -26, (row) => `  ${row.peerName ?? '–'}`],
  ['median', 18, formatPeer],
  ['spread', 14, (row) => formatRange(row.peerSpread ? { spread: row.peerSpread } : undefined)],
  ['n', 3, (row) => formatValue(row.peerN)],
  ['left', 5, (row) => formatValue(row.peerLeft)],
  ['ratio', 7, formatRatio],
  ['  target', -8, ({ target }) => (target ? `  ${target.met ? 'met' : 'MISSED'}: ${target.description}` : '')],
];

const fit = (text: string, width: number) => (width < 0 ? text.padEnd(-width) : ` ${text}`.padStart(width));

export function tableHead(): string {
  return COLUMNS.map(([title, width]) => fit(title, width)).join('');
}

export function tableLine(row: BenchRow): string {
  return COLUMNS.map(([, width, cell]) => fit(cell(row), width))
    .join('')
    .trimEnd();
}
