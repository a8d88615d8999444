import { expect, test } from 'vitest';
import { EngineError, type EngineErrorReason } from '../../src/engine/error';
import type { UnitContext } from '../../src/service/runs/runContext';
import { removeUnit } from '../../src/service/runs/unitRemoval';
import { key } from '../graph/build';
import { StopFixture } from './stopFixture';

/** One attempt at the removal of the container `a`, whose call fails. */
async function refused(
  reason: EngineErrorReason,
  details: EngineError['details'] = {},
  more: Partial<UnitContext> = {},
) {
  const fixture = new StopFixture();
  fixture.add('a', { state: 'exited' });
  const plan = fixture.plan();
  fixture.next.set('remove', () => Promise.reject(new EngineError(reason, 'd', details)));
  return removeUnit({ ...fixture.context(plan.units[0]!, plan), ...more });
}

const failed = (more: object) => ({ kind: 'failed', detail: 'd', ...more });

test.each<[EngineErrorReason, object]>([
  ['busy', failed({ reason: 'busy', busy: true, canRetry: true })],
  ['partial', failed({ reason: 'partial', canRetry: true })],
  ['unknown', failed({ reason: 'unknown', busy: false })],
  ['denied', { kind: 'disconnected', detail: 'd' }],
])('an engine that refuses with "%s"', async (reason, expected) => {
  expect(await refused(reason)).toMatchObject(expected);
});

test('a dependent of the plan may be gone at the next attempt; another one is a change', async () => {
  const own = { dependents: [key('x'), key('a')] };
  expect(await refused('hasDependents', own)).toMatchObject(failed({ reason: 'hasDependents', canRetry: true }));
  expect(await refused('hasDependents', own, { attempt: 2 })).toMatchObject(failed({ canRetry: false }));
  expect(await refused('hasDependents', { dependents: [key('x')] })).toMatchObject(failed({ reason: 'changed' }));
  expect(await refused('hasDependents')).toMatchObject(failed({ reason: 'changed', canRetry: false }));
});
