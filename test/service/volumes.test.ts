import { expect, test, vi } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { NodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { serializeHeader, readJournal, serializePlan } from '../../src/service/journal/journalFormat';
import type { Service } from '../../src/service';
import { advance, createServiceFor, fakeEngine } from './liveService';
import type { Fate, FakeEngine } from './world';

const options: PlanOptions = { dependents: 'block', running: 'block' };

const planOf = (service: Service, chosen: readonly NodeKey[]) => service.plan({ chosen, isAll: false }, options);

/** A world with a container that has ended and these volumes, and a plan of all of it. */
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

/** What a run made of each node, by name. */
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

/** How often each volume was asked to go. */
const sent = (one: FakeEngine, name: string) => one.removalsSent.filter((key) => key === `w/volume/${name}`).length;

test('volumes go with containers in one run, without an event to tell of it', async () => {
  const { one, service, plan } = await planned(['v0', 'v1']);
  expect(await outcomes(service, plan)).toEqual({ ended: 'removed', v0: 'removed', v1: 'removed' });
  expect(one.names()).toEqual([]);
  expect(service.lockCount).toBe(0);
});

test('what is made, or comes to dangle, after the plan is not touched', async () => {
  const { one, service, plan } = await planned(['v0']);
  one.addVolume('late');
  expect(await outcomes(service, plan)).toEqual({ ended: 'removed', v0: 'removed' });
  expect(one.names()).toEqual(['late']);
});

test('one that has come into use since is refused by the engine, told so, and not asked to go again', async () => {
  const { one, service, plan } = await planned(['v0', 'v1']);
  one.use('v0');
  expect(await outcomes(service, plan)).toEqual({ ended: 'removed', v0: 'failed: inUse', v1: 'removed' });
  expect(sent(one, 'v0')).toBe(1);
  expect(one.names()).toEqual(['v0']);
});

test.each<[Fate, string, number]>([
  ['vanish', 'alreadyRemoved', 1],
  ['busy', 'removed', 2],
  ['cutAfter', 'removed', 1],
  ['lie', 'removed', 2],
])('%s: %s', async (fate, outcome, times) => {
  const { one, service, plan } = await planned(['v0']);
  one.fates.set('v0', [fate]);
  expect(await outcomes(service, plan)).toMatchObject({ v0: outcome });
  expect(sent(one, 'v0')).toBe(times);
});

test('an engine that says it went, and still has it, is not believed', async () => {
  const { one, service, plan } = await planned(['v0']);
  one.fates.set('v0', Array<Fate>(4).fill('lie'));
  expect(await outcomes(service, plan)).toMatchObject({ v0: 'failed: falseSuccess' });
});

test('a plan holds of the chosen volumes what is dangling when it is made', async () => {
  const { one, service } = await planned(['v0', 'v1', 'v2']);
  one.use('v0');
  one.takeAway('v1');
  const plan = await planOf(
    service,
    ['v0', 'v1', 'v2'].map((name) => `w/volume/${name}` as const),
  );
  expect([...plan.nodes.values()].map(({ node }) => node.name)).toEqual(['v2']);
});

test('an engine that does not tell its volumes keeps those of others from nobody', async () => {
  vi.useFakeTimers();
  const [one, other] = [fakeEngine('one'), fakeEngine('other')];
  one.addVolume('v0');
  other.listVolumes = () => Promise.reject(new EngineError('denied', 'not for you'));
  const { found, failed } = await createServiceFor(one, other).danglingVolumes();
  expect(found.map(({ key }) => key)).toEqual(['one/volume/v0']);
  expect([...failed].map(([id, { reason }]) => [id, reason])).toEqual([['other', 'denied']]);
});

test('a journal keeps the volumes of a plan', async () => {
  const { plan } = await planned(['v0']);
  expect(readJournal(serializePlan(serializeHeader(plan, 1, 'here'))).plan.nodes).toEqual(plan.nodes);
});
