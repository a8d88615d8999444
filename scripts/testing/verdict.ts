import type { EngineVersion } from '../engines/lines';
import { FLAKY } from './flaky';
import type { Outcome } from './outcome';

type Known = typeof FLAKY;

/** Whether all failed tests of a part are listed as flaky, so that a second run may clear it. */
export function mayBeFlaky({ failed, failures = [] }: Outcome, known: Known = FLAKY): boolean {
  return failed > 0 && failures.length === failed && failures.every((name) => known.some((one) => one.name === name));
}

/**
 * The outcome of a part after its second run. A failed part stays failed; only listed flaky tests are cleared, and returned
 * to be counted.
 */
export function verdict(
  first: Outcome,
  second: Outcome | undefined,
  known: Known = FLAKY,
): { readonly outcome: Outcome; readonly flaky: Known } {
  if (!second || second.failed > 0 || !mayBeFlaky(first, known)) return { outcome: first, flaky: [] };
  return { outcome: second, flaky: known.filter(({ name }) => first.failures?.includes(name)) };
}

/** Engines missing from a run, with the reason. */
function absentEngines({ skipped }: Outcome): ReadonlyMap<EngineVersion, string> {
  return new Map(skipped.flatMap(({ engine, reason }) => (engine ? [[engine, reason] as const] : [])));
}

/** Final lines about engines. In CI a run with missing engines fails. */
export function aboutEngines(
  ran: readonly string[],
  total: Outcome,
  isCi: boolean,
): { readonly lines: readonly string[]; readonly failed: number } {
  const absent = absentEngines(total);
  const lines = [`engines that ran: ${ran.length > 0 ? [...new Set(ran)].join(', ') : 'none'}`];
  for (const [engine, reason] of absent) lines.push(`engine not available: ${engine}: ${reason}`);
  if (isCi && absent.size > 0) lines.push(`${absent.size} engines are missing, which fails in CI`);
  return { lines, failed: isCi ? absent.size : 0 };
}
