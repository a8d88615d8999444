import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { EXITS_AT_ONCE, IGNORES_SIGTERM } from '../../scripts/engines/fleet';
import type { PodgraphApi } from '../../src/extension';
import type { Report } from '../../src/graph/plan/report';
import type { Confirm } from '../../src/view/confirm';
import { commandIds } from '../../src/view/ids';
import type { EngineFleet } from './engineFleet';
import { engineTimeout, filledEngines, itUnlessEngine, nameOf, TreeElements, withoutPods } from './onEngines';
import { capturedClipboard, outcomes } from './userDriver';
import { answer, namesOn, nextPreview, run, until } from './podgraph';

/** Each depends on the one before it. */
const chain = ['base', 'mid', 'top'];

/** A chain, a container that ignores SIGTERM, unconnected ones, and a partly running pod if the engine has pods. */
async function fill(fleet: EngineFleet): Promise<void> {
  await fleet.container({ name: 'base' });
  await fleet.container({ name: 'mid', network: 'base' });
  await fleet.container({ name: 'top', network: 'mid' });
  await fleet.container({ name: 'floor' });
  await fleet.container({ name: 'slow', network: 'floor', command: IGNORES_SIGTERM, stopTimeout: 600 });
  await fleet.container({ name: 'loose' });
  await fleet.container({ name: 'stays' });
  await fleet.container({ name: 'finished', command: EXITS_AT_ONCE, labels: { engine: fleet.engine.line } });
  if (!fleet.hasPods) return;
  await fleet.pod('shop');
  await fleet.container({ name: 'web', pod: 'shop' });
  await fleet.container({ name: 'worker', pod: 'shop', command: EXITS_AT_ONCE });
}

describe('removals', function () {
  this.timeout(engineTimeout);
  let api: PodgraphApi;
  const fleets = filledEngines(fill, (given) => (api = given));

  const confirmAll = () => answer(api, (label) => /^(Stop and )?Remove \d+$/.test(label));
  /** The preview that `work` opens. */
  const previewOf = async (work: () => Thenable<Report | undefined>) => {
    const opening = nextPreview(api);
    const ended = work();
    return { page: await opening, ended };
  };

  for (const fleet of fleets) {
    describe(`on ${nameOf(fleet)}`, () => {
      let elements: TreeElements;
      before(() => (elements = new TreeElements(api, fleet)));

      it('preview: shows the plan, and removes nothing when closed', async () => {
        const before = await fleet.everything();
        const { page, ended } = await previewOf(() => run(commandIds.previewRemoval, elements.of('loose')));
        assert.equal(page.state.page.title, `Stop and remove container loose from ${nameOf(fleet)}?`);
        page.handleRequest({ type: 'close' });
        assert.equal(await ended, undefined);
        assert.deepEqual(await fleet.everything(), before);
      });

      it('remove: asks before including dependents, and removes nothing when declined', async () => {
        const before = await fleet.everything();
        const driver = answer(api, () => false);
        assert.equal(await run(commandIds.remove, elements.of('base')), undefined);
        assert.deepEqual(driver.buttons, [['Stop and Remove 3', 'Preview']]);
        assert.equal(driver.confirmations[0]?.message, 'Remove base and the 2 containers that depend on it?');
        assert.match(driver.confirmations[0]?.detail ?? '', /^top: running/m);
        assert.deepEqual(await fleet.everything(), before);
      });

      it('remove with dependents: the whole chain, and nothing else', async () => {
        const before = await fleet.everything();
        confirmAll();
        const report = await run(commandIds.removeWithDependents, elements.of('base'));
        assert.deepEqual(outcomes(report), { base: 'removed', mid: 'removed', top: 'removed' });
        const gone = chain.map((name) => fleet.idOf(name));
        assert.deepEqual(
          await fleet.everything(),
          before.filter((id) => !gone.includes(id)),
        );
      });

      it('cancel and kill now: units in progress finish at once, others are kept', async () => {
        confirmAll();
        const slow = elements.of('slow');
        assert.ok(slow.kind === 'node');
        const running = run(commandIds.removeWithDependents, elements.of('floor'));
        await until(api, 'a stopping container', () => api.service.operationOf(slow.key)?.phase === 'stopping');
        // Until its stop is sent, a cancel withdraws the unit.
        while (!(await fleet.isBeingStopped('slow')));
        await run(commandIds.cancel);
        await run(commandIds.killSelectedNow, slow);
        const report = await running;
        assert.equal(report?.cancelled, true);
        assert.deepEqual(outcomes(report), { floor: 'notAttempted', slow: 'removed' });
        assert.deepEqual(await fleet.existing('floor', 'slow'), ['floor']);
        assert.equal((await fleet.inspect('floor')).state, 'running');
      });

      it('retry: a failure because of a new dependent is retried with the dependent', async () => {
        const yes = confirmAll();
        const withNewcomer: Confirm = async (question) => {
          await fleet.container({ name: 'newcomer', network: 'loose' });
          return yes.confirm(question);
        };
        api.actions.setConfirm(withNewcomer);
        assert.deepEqual(outcomes(await run(commandIds.remove, elements.of('loose'))), { loose: 'failed' });
        assert.deepEqual(await fleet.existing('loose', 'newcomer'), ['loose', 'newcomer']);
        confirmAll();
        const again = outcomes(await run(commandIds.retryFailed));
        assert.deepEqual(again, { loose: 'removed', newcomer: 'removed' });
        assert.deepEqual(await fleet.existing('loose', 'newcomer'), []);
      });

      it('prune: only stopped containers with a label', async () => {
        const before = await fleet.everything();
        const options = { containers: true, pods: true, labels: [`engine=${fleet.engine.line}`] };
        const { page, ended } = await previewOf(() => run(commandIds.prune, options));
        assert.deepEqual(namesOn(page), ['finished']);
        page.handleRequest({ type: 'run', plan: page.state.page.plan });
        assert.deepEqual(outcomes(await ended), { finished: 'removed' });
        assert.deepEqual(
          await fleet.everything(),
          before.filter((id) => id !== fleet.idOf('finished')),
        );
      });

      it('prune: unused anonymous volumes, if requested', async () => {
        const before = await fleet.volumes();
        const left = await fleet.createDanglingVolume();
        const options = { containers: false, pods: false, volumes: true, labels: [] };
        const { page, ended } = await previewOf(() => run(commandIds.prune, options));
        assert.deepEqual(namesOn(page), [left]);
        page.handleRequest({ type: 'run', plan: page.state.page.plan });
        assert.deepEqual(outcomes(await ended), { [left]: 'removed' });
        assert.deepEqual(await fleet.volumes(), before);
      });

      itUnlessEngine(withoutPods(fleet), 'remove: a pod with its members', async () => {
        confirmAll();
        const report = await run(commandIds.remove, elements.of('shop'));
        assert.deepEqual(outcomes(report), { shop: 'removed', web: 'removed', worker: 'removed' });
        assert.deepEqual(await fleet.existing('shop', 'web', 'worker'), []);
      });
    });
  }

  describe('on all engines', () => {
    it('one previewed plan and one report remove everything', async () => {
      const { page, ended } = await previewOf(() => run(commandIds.previewRemovalOfAll));
      const rest = fleets.flatMap(() => ['floor', 'stays']).sort();
      assert.deepEqual(namesOn(page), rest);
      page.handleRequest({ type: 'close' });
      assert.equal(await ended, undefined);
      for (const fleet of fleets) assert.equal((await fleet.everything()).length, 2, nameOf(fleet));

      confirmAll();
      const report = await run(commandIds.removeAll);
      const results = [...(report?.nodes.values() ?? [])].map(({ node, outcome }) => `${node.name} ${outcome.kind}`);
      assert.deepEqual(
        results.sort(),
        rest.map((name) => `${name} removed`),
      );
      for (const fleet of fleets) assert.deepEqual(await fleet.everything(), [], nameOf(fleet));
      await run(commandIds.showReport);
      const text = vscode.window.activeTextEditor?.document.getText() ?? '';
      assert.equal(await capturedClipboard(() => run(commandIds.copyReport)), text);
      for (const fleet of fleets) assert.ok(text.includes(nameOf(fleet)), text);
    });
  });
});
