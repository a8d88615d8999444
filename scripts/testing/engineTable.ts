import type { Capabilities } from '../../src/engine/engine';
import type { Outcome } from './outcome';
import type { VitestOutcome } from './outcomeReporter';

export interface EngineRow {
  readonly engine: string;
  readonly capabilities: Partial<Capabilities>;
  readonly tests: VitestOutcome['tests'];
  readonly outcome: Outcome;
}

/** A test's chapter: the describe below the one that names the engine. */
const chapterOf = (name: string) => name.split(' > ').slice(1, -1)[0] ?? 'other';

/** `12/12`, `11/12 FAILED`, `–` if a chapter has no test for an engine; with `(2 skipped)`. */
function chapter({ tests }: EngineRow, group: string): string {
  const own = tests.filter((test) => chapterOf(test.name) === group);
  const count = (state: string) => own.filter((test) => test.state === state).length;
  const ran = own.length - count('skipped');
  if (own.length === 0) return '–';
  const skipped = count('skipped') > 0 ? ` (${count('skipped')} skipped)` : '';
  return `${count('passed')}/${ran}${count('failed') > 0 ? ' FAILED' : ''}${skipped}`;
}

/** Prints a column per engine and a row per capability and chapter of the contract. */
export function printEngineTable(engines: readonly EngineRow[]): void {
  const capabilities = [...new Set(engines.flatMap((row) => Object.keys(row.capabilities)))] as (keyof Capabilities)[];
  const chapters = [...new Set(engines.flatMap((row) => row.tests.map(({ name }) => chapterOf(name))))];
  const supported = (row: EngineRow, name: keyof Capabilities) => {
    const value = row.capabilities[name];
    return value === undefined ? '–' : value ? 'yes' : 'no';
  };
  const table = [
    ['', ...engines.map(({ engine }) => engine)],
    ...capabilities.map((name) => [name, ...engines.map((row) => supported(row, name))]),
    ...chapters.map((group) => [group, ...engines.map((row) => chapter(row, group))]),
    ['passed', ...engines.map(({ outcome }) => String(outcome.passed))],
    ['failed', ...engines.map(({ outcome }) => String(outcome.failed))],
    ['skipped', ...engines.map(({ outcome }) => String(outcome.skipped.length))],
  ];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
