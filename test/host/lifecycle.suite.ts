import assert from 'node:assert/strict';
import type { PodgraphApi } from '../../src/extension';
import { commandIds } from '../../src/view/ids';
import { EXITS_AT_ONCE } from '../../scripts/engines/fleet';
import type { DemoEngineServer } from '../servedEngine';
import type { EngineFleet } from './engineFleet';
import { engineDeadline, filledEngines, itUnlessEngine, nameOf, TreeElements, withoutPods } from './onEngines';
import { capturedClipboard, outcomes } from './person';
import { answer, allShow, placeOf, run } from './podgraph';

/** Each needs the one before it. */
const chain = ['base', 'mid', 'top'];
const project = ['db', 'api'];
/** Ends by itself. */
const brief = 'worker';

const composed = (service: string, needs: string) => ({
  'com.docker.compose.project': 'app',
  'com.docker.compose.service': service,
  'com.docker.compose.depends_on': needs,
});

/** A chain by shared networks, a compose project, and, where there are pods, one of which not all runs. */
async function fill(fleet: EngineFleet): Promise<void> {
  await fleet.container({ name: 'base' });
  await fleet.container({ name: 'mid', network: 'base' });
  await fleet.container({ name: 'top', network: 'mid' });
  await fleet.container({ name: 'db', labels: composed('db', '') });
  await fleet.container({ name: 'api', labels: composed('api', 'db:service_started:false') });
  if (!fleet.hasPods) return;
  await fleet.pod('shop');
  await fleet.container({ name: 'web', pod: 'shop' });
  await fleet.container({ name: brief, pod: 'shop', command: EXITS_AT_ONCE });
}

const runningOn = ({ hasPods }: EngineFleet) => [...chain, ...project, ...(hasPods ? ['web'] : [])];
const all = (names: readonly string[], state: string) => Object.fromEntries(names.map((name) => [name, state]));

/** Each of these began, or ended, before the next, as the engine itself has it. */
async function assertOrder(fleet: EngineFleet, what: 'began' | 'ended', names: readonly string[]): Promise<void> {
  const seen = await Promise.all(names.map(async (name) => ({ name, at: (await fleet.look(name))[what] })));
  for (const [index, { at }] of seen.entries()) {
    const next = seen[index + 1];
    if (next && at >= next.at) assert.fail(`${what} in another order: ${JSON.stringify(seen)}`);
  }
}

describe('changes of state', function () {
  this.timeout(engineDeadline);
  let api: PodgraphApi;
  const fleets = filledEngines(fill, (given) => (api = given));

  /** Says yes to whatever is asked, and to what has to go along. */
  const sayYes = () => answer(api, (words) => /^(Start|Stop|Restart|Pause|Resume|Kill) \d+$|^Include /.test(words));
  /** All that the command concerns has become as it wants it; what ends by itself may have done so before its turn. */
  const done = async (id: string, ...args: unknown[]) => {
    const report = await run(id, ...args);
    assert.ok(report, `${id} did not run`);
    const others = [...report.nodes.values()].filter(
      ({ node, outcome }) => outcome.kind !== 'done' && !(node.name === brief && outcome.kind === 'unchanged'),
    );
    assert.deepEqual(others, [], id);
  };

  for (const fleet of fleets) {
    describe(`on ${nameOf(fleet)}`, () => {
      let places: TreeElements;
      before(() => (places = new TreeElements(api, fleet)));
      beforeEach(() => fleet.restore());

      const aloneHere = fleets.length > 1 ? undefined : 'an engine that is shown alone has no place of its own';
      const scopes: {
        readonly what: string;
        readonly not?: string | undefined;
        readonly names: readonly string[];
        readonly chosen: () => readonly unknown[];
        /** Dependencies first; each list for itself. */
        readonly order?: readonly (readonly string[])[];
        /** What a person is asked, where that is not left open. */
        readonly asked?: readonly (readonly string[])[];
      }[] = [
        { what: 'a container', names: ['top'], chosen: () => [places.of('top')], asked: [['Kill 1', 'Preview Plan']] },
        {
          what: 'a selection',
          names: ['mid', 'top'],
          chosen: () => [places.of('mid'), [places.of('top'), places.of('mid')]],
          order: [['mid', 'top']],
        },
        {
          what: 'a pod of which not all runs',
          not: withoutPods(fleet),
          names: ['web'],
          chosen: () => [places.of('shop')],
        },
        { what: 'a compose project', names: project, chosen: () => [places.project], order: [project] },
        {
          what: 'a whole engine',
          not: aloneHere,
          names: runningOn(fleet),
          chosen: () => [places.engine],
          order: [chain, project],
        },
      ];

      for (const { what, not, names, chosen, order = [], asked } of scopes) {
        itUnlessEngine(not, `${what}: stopped, started, restarted, paused, resumed and killed, in order`, async () => {
          const person = sayYes();
          const assertAll = async (state: string) => assert.deepEqual(await fleet.states(names), all(names, state));
          const inOrder = async (when: 'began' | 'ended') => {
            for (const list of order) await assertOrder(fleet, when, when === 'began' ? list : [...list].reverse());
          };
          await done(commandIds.stop, ...chosen());
          await assertAll('exited');
          await inOrder('ended');
          await done(commandIds.start, ...chosen());
          await assertAll('running');
          await inOrder('began');

          const before = await Promise.all(names.map((name) => fleet.look(name)));
          await done(commandIds.restart, ...chosen());
          await assertAll('running');
          await inOrder('began');
          for (const [index, name] of names.entries()) {
            assert.ok((await fleet.look(name)).began > (before[index]?.began ?? Infinity), `${name} was not restarted`);
          }

          await done(commandIds.pause, ...chosen());
          await assertAll('paused');
          await done(commandIds.unpause, ...chosen());
          await assertAll('running');
          await done(commandIds.kill, ...chosen());
          await assertAll('exited');
          await inOrder('ended');
          for (const name of names) assert.equal((await fleet.look(name)).exitCode, 137, name);
          if (asked) assert.deepEqual(person.buttons, asked);
        });
      }

      it('stop: asks about what runs and needs it, and then takes that down first', async () => {
        const person = sayYes();
        await done(commandIds.stop, places.of('base'));
        assert.deepEqual(person.buttons, [
          ['Include Dependents', 'Preview Plan'],
          ['Stop 3', 'Preview Plan'],
        ]);
        assert.match(person.questions[0]?.message ?? '', /^mid runs and needs base\.$/);
        assert.deepEqual(await fleet.states(chain), all(chain, 'exited'));
        await assertOrder(fleet, 'ended', [...chain].reverse());
      });

      it('start: what is needed and does not run is offered, never started unasked', async () => {
        const person = sayYes();
        await done(commandIds.stopWithDependents, places.of('base'));
        assert.deepEqual(person.buttons, [['Stop 3', 'Preview Plan']]);
        await assertOrder(fleet, 'ended', [...chain].reverse());
        const no = answer(api, () => false);
        assert.equal(await run(commandIds.start, places.of('top')), undefined);
        assert.deepEqual(no.buttons, [['Include Dependencies', 'Preview Plan']]);
        assert.deepEqual(await fleet.states(chain), all(chain, 'exited'));
        await done(commandIds.start, places.of('base'));
        assert.deepEqual(await fleet.states(chain), { ...all(chain, 'exited'), base: 'running' });
        await done(commandIds.startWithDependencies, places.of('top'));
        assert.deepEqual(await fleet.states(chain), all(chain, 'running'));
        await assertOrder(fleet, 'began', chain);
        // Starts hurt nobody, and are not asked about.
        assert.equal(no.questions.length, 1);
      });
    });
  }

  describe('of all that every engine holds', () => {
    it('stop all and start all: everything that the view shows', async () => {
      sayYes();
      await Promise.all(fleets.map((fleet) => fleet.restore()));
      const assertAll = async (state: string) => {
        for (const fleet of fleets) {
          const names = runningOn(fleet);
          assert.deepEqual(await fleet.states(names), all(names, state), nameOf(fleet));
        }
      };
      await done(commandIds.stopAll);
      await assertAll('exited');
      await done(commandIds.startAll);
      await assertAll('running');
    });
  });
});

describe('a change of state that fails', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer;
  const containers = [
    { name: 'base' },
    { name: 'mid', dependsOn: { net: 'base' } },
    { name: 'top', dependsOn: { net: 'mid' } },
  ];
  allShow({ pods: [], containers }, (given, engine) => ([api, shown] = [given, engine]));

  it('keeps what stands behind it from being touched, and the report says along which edges', async () => {
    const mid = shown.engine.state().containers.find(({ name }) => name === 'mid');
    const body = { cause: 'unheard of', message: 'no', response: 500 };
    const action = { kind: 'answer', status: 500, body } as const;
    shown.engine.faults.add({ path: `${mid?.id}/stop`, method: 'POST', action });
    answer(api, (words) => words === 'Stop 3');
    const report = await run(commandIds.stopWithDependents, placeOf(api, 'base'));
    assert.deepEqual(outcomes(report), { base: 'skipped', mid: 'failed', top: 'done' });
    const states = shown.engine.state().containers.map(({ name, state }) => [name, state]);
    assert.deepEqual(Object.fromEntries(states), { base: 'running', mid: 'running', top: 'exited' });
    const copied = await capturedClipboard(() => run(commandIds.copyReport));
    assert.match(copied, /^skipped .* base +running +because of mid · mid: shares net of base$/m);
  });
});
