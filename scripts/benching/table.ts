import type { BenchRow } from '../../test/bench/row';
import { figure, peerFigure, ratio, spread } from './figures';

const COLUMNS: readonly (readonly [title: string, width: number, cell: (row: BenchRow) => string])[] = [
  ['row', -18, (row) => row.name],
  ['ours', 13, (row) => `${figure(row.ours)} ${row.unit}`],
  ['spread', 14, spread],
  ['n', 3, (row) => String(row.n)],
  ['left', 5, (row) => figure(row.left)],
  ['  peer', -26, (row) => `  ${row.peerName ?? '–'}`],
  ['median', 18, peerFigure],
  ['spread', 14, (row) => spread(row.peerSpread ? { spread: row.peerSpread } : undefined)],
  ['n', 3, (row) => figure(row.peerN)],
  ['left', 5, (row) => figure(row.peerLeft)],
  ['ratio', 7, ratio],
  ['  target', -8, ({ target }) => (target ? `  ${target.met ? 'met' : 'MISSED'}: ${target.what}` : '')],
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
