import { expect, test } from 'vitest';
import { counted, NOTHING, skip, sum } from '../../scripts/testing/outcome';
import { aboutEngines, mayBeFlaky, verdict } from '../../scripts/testing/verdict';

const passed = { ...NOTHING, passed: 3 };
const failing = (...failures: string[]) => ({ passed: 2, failed: failures.length, skipped: [], failures });
const known = [{ name: 'slow > one', reason: 'the mirror is slow at times' }];

test('a failed part stays failed when it passes alone afterwards (N4)', () => {
  const first = failing('slow > other');
  expect(mayBeFlaky(first, known)).toBe(false);
  expect(verdict(first, passed, known)).toEqual({ outcome: first, flaky: [] });
  expect(verdict(first, passed, [])).toEqual({ outcome: first, flaky: [] });
});

test('a second run clears a listed flaky test, with its reason, but not an unlisted one beside it (N4)', () => {
  const first = failing('slow > one');
  expect(mayBeFlaky(first, known)).toBe(true);
  expect(verdict(first, passed, known)).toEqual({ outcome: passed, flaky: known });
  expect(verdict(first, failing('slow > one'), known).outcome.failed).toBe(1);
  const both = failing('slow > one', 'slow > other');
  expect(verdict(both, passed, known)).toEqual({ outcome: both, flaky: [] });
});

test('a failure outside of tests is never flaky (N4)', () => {
  const crashed = { passed: 0, failed: 1, skipped: [], failures: [] };
  expect(mayBeFlaky(crashed, known)).toBe(false);
});

test('a part without any test fails', () => {
  expect(counted(NOTHING).failed).toBe(1);
  expect(counted(skip('x', 'no engine'))).toEqual(skip('x', 'no engine'));
});

test('unavailable engines are listed last, and fail in CI', () => {
  const total = sum([
    passed,
    skip('contract docker', 'no docker', 'docker'),
    skip('host on docker', 'no docker', 'docker'),
  ]);
  const lines = ['engines that ran: podman 5.8.6 rootless', 'engine not available: docker: no docker'];
  expect(aboutEngines(['podman 5.8.6 rootless', 'podman 5.8.6 rootless'], total, false)).toEqual({ lines, failed: 0 });
  expect(aboutEngines(['podman 5.8.6 rootless'], total, true)).toMatchObject({ failed: 1 });
  expect(aboutEngines([], passed, true)).toEqual({ lines: ['engines that ran: none'], failed: 0 });
});
