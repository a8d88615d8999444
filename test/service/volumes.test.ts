import { expect, test, vi } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { NodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { toPlanLine, parseJournal, serializeJournalLine } from '../../src/service/journal/journalFormat';
import type { Service } from '../../src/service';
import { advance, createServiceFor, fakeEngine } from './serviceDeps';
import type { ScriptedOutcome, FakeEngine } from './fakeEngine';

const options: PlanOptions = { dependents: 'block', running: 'block' };

const planOf = (service: Service, chosen: readonly NodeKey[]) => service.plan({ chosen, isAll: false }, options);

/** A fake engine with an exited container and these volumes, and a plan for all. */
async function planned(volumes: readonly string[]) {
  vi.useFakeTimers();
  const one = fakeEngine();
  one.add({ name: 'ended' });
  for (const name of volumes) one.addVolume(name);
  const service = createServiceFor(one);
  return {
    one,
    service,
    plan: await planOf(
      service,
      one.names().map((name) => one.key(name)),
    ),
  };
}

/** Outcomes by name. */
async function outcomes(service: Service, plan: Awaited<ReturnType<typeof planOf>>) {
  const run = service.run(plan);
  await advance(60_000);
  const { nodes } = await run.done;
  return Object.fromEntries(
    [...nodes.values()].map(({ node, outcome }) => [
      node.name,
      outcome.kind === 'failed' ? `failed: ${outcome.reason}` : outcome.kind,
    ]),
  );
}

/** Number of removal requests for a volume. */
const sent = (one: FakeEngine, name: string) => one.removalsSent.filter((key) => key === `w/volume/${name}`).length;

test('removes volumes together with containers, without events', async () => {
  const { one, service, plan } = await planned(['v0', 'v1']);
  expect(await outcomes(service, plan)).toEqual({ ended: 'removed', v0: 'removed', v1: 'removed' });
  expect(one.names()).toEqual([]);
  expect(service.lockCount).toBe(0);
});

test('does not touch volumes that dangle only after planning', async () => {
  const { one, service, plan } = await planned(['v0']);
  one.addVolume('late');
  expect(await outcomes(service, plan)).toEqual({ ended: 'removed', v0: 'removed' });
  expect(one.names()).toEqual(['late']);
});

test('a volume in use fails and is not retried', async () => {
  const { one, service, plan } = await planned(['v0', 'v1']);
  one.use('v0');
  expect(await outcomes(service, plan)).toEqual({ ended: 'removed', v0: 'failed: inUse', v1: 'removed' });
  expect(sent(one, 'v0')).toBe(1);
  expect(one.names()).toEqual(['v0']);
});

test.each<[ScriptedOutcome, string, number]>([
  ['concurrentRemoval', 'alreadyRemoved', 1],
  ['busy', 'removed', 2],
  ['dropResponse', 'removed', 1],
  ['falseSuccess', 'removed', 2],
])('%s: %s', async (scriptedOutcome, outcome, times) => {
  const { one, service, plan } = await planned(['v0']);
  one.scriptedOutcomes.set('v0', [scriptedOutcome]);
  expect(await outcomes(service, plan)).toMatchObject({ v0: outcome });
  expect(sent(one, 'v0')).toBe(times);
});

test('a reported removal of a volume that still exists is a failure', async () => {
  const { one, service, plan } = await planned(['v0']);
  one.scriptedOutcomes.set('v0', Array<ScriptedOutcome>(4).fill('falseSuccess'));
  expect(await outcomes(service, plan)).toMatchObject({ v0: 'failed: falseSuccess' });
});

test('a plan includes only chosen volumes that still dangle', async () => {
  const { one, service } = await planned(['v0', 'v1', 'v2']);
  one.use('v0');
  one.removeExternally('v1');
  const plan = await planOf(
    service,
    ['v0', 'v1', 'v2'].map((name) => `w/volume/${name}` as const),
  );
  expect([...plan.nodes.values()].map(({ node }) => node.name)).toEqual(['v2']);
});

test('an engine that cannot list volumes does not affect others', async () => {
  vi.useFakeTimers();
  const [one, other] = [fakeEngine('one'), fakeEngine('other')];
  one.addVolume('v0');
  other.listVolumes = () => Promise.reject(new EngineError('denied', 'not for you'));
  const { found, failed } = await createServiceFor(one, other).listResources();
  expect(found.map(({ key }) => key)).toEqual(['one/volume/v0']);
  expect([...failed].map(([id, { reason }]) => [id, reason])).toEqual([['other', 'denied']]);
});

test('a journal keeps the volumes of a plan', async () => {
  const { plan } = await planned(['v0']);
  expect(parseJournal(serializeJournalLine(toPlanLine(plan, 1, 'here'))).plan.nodes).toEqual(plan.nodes);
});
