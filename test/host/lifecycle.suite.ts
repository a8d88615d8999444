import * as vscode from 'vscode';
import assert from 'node:assert/strict';
import type { PodgraphApi } from '../../src/extension';
import { commandIds } from '../../src/view/ids';
import { EXITS_AT_ONCE } from '../../scripts/engines/fleet';
import type { DemoEngineServer } from '../servedEngine';
import type { EngineFleet } from './engineFleet';
import { engineTimeout, filledEngines, itUnlessEngine, nameOf, TreeElements, withoutPods } from './onEngines';
import { capturedClipboard, outcomes } from './userDriver';
import { answer, allShow, elementOf, run } from './podgraph';

/** Each depends on the one before it. */
const chain = ['base', 'mid', 'top'];
const project = ['db', 'api'];
/** Exits by itself. */
const brief = 'worker';

const composed = (service: string, dependsOn: string) => ({
  'com.docker.compose.project': 'app',
  'com.docker.compose.service': service,
  'com.docker.compose.depends_on': dependsOn,
});

/** A chain by shared networks, a compose project, and a partly running pod if the engine has pods. */
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

/** Asserts that each started, or ended, before the next, by the engine's timestamps. */
async function assertOrder(fleet: EngineFleet, event: 'began' | 'ended', names: readonly string[]): Promise<void> {
  const times = await Promise.all(names.map(async (name) => ({ name, at: (await fleet.inspect(name))[event] })));
  for (const [index, { at }] of times.entries()) {
    const next = times[index + 1];
    if (next && at >= next.at) assert.fail(`${event} in the wrong order: ${JSON.stringify(times)}`);
  }
}

describe('lifecycle actions', function () {
  this.timeout(engineTimeout);
  let api: PodgraphApi;
  const fleets = filledEngines(fill, (given) => (api = given));

  /** Confirms everything and includes related nodes. */
  const confirmAll = () =>
    answer(api, (label) => /^(Start|Stop|Restart|Pause|Unpause|Kill) \d+$|^Include /.test(label));
  /** Asserts that all nodes are done; a container that exits by itself may be unchanged. */
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
      let elements: TreeElements;
      before(() => (elements = new TreeElements(api, fleet)));
      beforeEach(() => fleet.restore());

      const singleEngine = fleets.length > 1 ? undefined : 'a single engine has no element';
      const scopes: {
        readonly label: string;
        readonly skip?: string | undefined;
        readonly names: readonly string[];
        readonly chosen: () => readonly unknown[];
        /** Lists that must be in order, dependencies first. */
        readonly order?: readonly (readonly string[])[];
        /** Expected buttons of confirmations. */
        readonly buttons?: readonly (readonly string[])[];
      }[] = [
        {
          label: 'a container',
          names: ['top'],
          chosen: () => [elements.of('top')],
          buttons: [['Kill 1', 'Preview']],
        },
        {
          label: 'a selection',
          names: ['mid', 'top'],
          chosen: () => [elements.of('mid'), [elements.of('top'), elements.of('mid')]],
          order: [['mid', 'top']],
        },
        {
          label: 'a partly running pod',
          skip: withoutPods(fleet),
          names: ['web'],
          chosen: () => [elements.of('shop')],
        },
        { label: 'a compose project', names: project, chosen: () => [elements.project], order: [project] },
        {
          label: 'a whole engine',
          skip: singleEngine,
          names: runningOn(fleet),
          chosen: () => [elements.engine],
          order: [chain, project],
        },
      ];

      for (const { label, skip, names, chosen, order = [], buttons } of scopes) {
        itUnlessEngine(skip, `${label}: stop, start, restart, pause, unpause and kill, in order`, async () => {
          const driver = confirmAll();
          const assertAll = async (state: string) => assert.deepEqual(await fleet.states(names), all(names, state));
          const inOrder = async (event: 'began' | 'ended') => {
            for (const list of order) await assertOrder(fleet, event, event === 'began' ? list : [...list].reverse());
          };
          await done(commandIds.stop, ...chosen());
          await assertAll('exited');
          await inOrder('ended');
          await done(commandIds.start, ...chosen());
          await assertAll('running');
          await inOrder('began');

          const before = await Promise.all(names.map((name) => fleet.inspect(name)));
          await done(commandIds.restart, ...chosen());
          await assertAll('running');
          await inOrder('began');
          for (const [index, name] of names.entries()) {
            assert.ok(
              (await fleet.inspect(name)).began > (before[index]?.began ?? Infinity),
              `${name} was not restarted`,
            );
          }

          await done(commandIds.pause, ...chosen());
          await assertAll('paused');
          await done(commandIds.unpause, ...chosen());
          await assertAll('running');
          await done(commandIds.kill, ...chosen());
          await assertAll('exited');
          await inOrder('ended');
          for (const name of names) assert.equal((await fleet.inspect(name)).exitCode, 137, name);
          if (buttons) assert.deepEqual(driver.buttons, buttons);
        });
      }

      it('stop: asks about running dependents, and stops them first', async () => {
        const driver = confirmAll();
        await done(commandIds.stop, elements.of('base'));
        assert.deepEqual(driver.buttons, [['Stop 3', 'Preview']]);
        assert.equal(driver.confirmations[0]?.message, 'Stop base and the 2 containers that depend on it?');
        assert.deepEqual(await fleet.states(chain), all(chain, 'exited'));
        await assertOrder(fleet, 'ended', [...chain].reverse());
      });

      it('start: stopped dependencies are offered, never started unasked', async () => {
        const driver = confirmAll();
        await done(commandIds.stopWithDependents, elements.of('base'));
        assert.deepEqual(driver.buttons, [['Stop 3', 'Preview']]);
        await assertOrder(fleet, 'ended', [...chain].reverse());
        const no = answer(api, () => false);
        assert.equal(await run(commandIds.start, elements.of('top')), undefined);
        assert.deepEqual(no.buttons, [['Start 3', 'Preview']]);
        assert.deepEqual(await fleet.states(chain), all(chain, 'exited'));
        await done(commandIds.start, elements.of('base'));
        assert.deepEqual(await fleet.states(chain), { ...all(chain, 'exited'), base: 'running' });
        await done(commandIds.startWithDependencies, elements.of('top'));
        assert.deepEqual(await fleet.states(chain), all(chain, 'running'));
        await assertOrder(fleet, 'began', chain);
        // A start needs no confirmation.
        assert.equal(no.confirmations.length, 1);
      });
    });
  }

  describe('on all engines', () => {
    it('stop all and start all', async () => {
      confirmAll();
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

describe('a failing lifecycle action', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer;
  const containers = [
    { name: 'base' },
    { name: 'mid', dependsOn: { net: 'base' } },
    { name: 'top', dependsOn: { net: 'mid' } },
  ];
  allShow({ pods: [], containers }, (given, engine) => ([api, shown] = [given, engine]));

  it('skips the dependencies, and the report shows the path', async () => {
    const mid = shown.engine.state().containers.find(({ name }) => name === 'mid');
    const body = { cause: 'unheard of', message: 'no', response: 500 };
    const action = { kind: 'respond', status: 500, body } as const;
    shown.engine.faults.add({ path: `${mid?.id}/stop`, method: 'POST', action });
    answer(api, (label) => label === 'Stop 3');
    const report = await run(commandIds.stopWithDependents, elementOf(api, 'base'));
    assert.deepEqual(outcomes(report), { base: 'skipped', mid: 'failed', top: 'done' });
    const states = shown.engine.state().containers.map(({ name, state }) => [name, state]);
    assert.deepEqual(Object.fromEntries(states), { base: 'running', mid: 'running', top: 'exited' });
    const copied = await capturedClipboard(() => run(commandIds.copyReport));
    assert.match(copied, /^ +base +container +running +because of mid · mid: shares net of base$/m);
    await run(commandIds.showReport);
    const uri = vscode.window.activeTextEditor?.document.uri;
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 1);
    assert.deepEqual(
      lenses.map(({ command }) => command?.command),
      [commandIds.retryFailed],
    );
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>('vscode.executeLinkProvider', uri);
    assert.ok(links.some(({ target }) => target?.toString().startsWith(`command:${commandIds.reveal}`)));
  });
});
