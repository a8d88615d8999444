import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { EXITS_AT_ONCE, IGNORES_SIGTERM } from '../../scripts/engines/fleet';
import type { PodgraphApi } from '../../src/extension';
import type { Report } from '../../src/graph/plan/report';
import type { Confirm } from '../../src/view/confirm';
import { commandIds } from '../../src/view/ids';
import type { EngineFleet } from './engineFleet';
import { engineDeadline, filledEngines, itUnlessEngine, nameOf, TreeElements, withoutPods } from './onEngines';
import { capturedClipboard, outcomes } from './person';
import { answer, namesOn, nextPreview, run, until } from './podgraph';

/** Each needs the one before it. */
const chain = ['base', 'mid', 'top'];

/** A chain, one that lets whoever stops it wait, loose ones, and a pod of which not all runs where there are pods. */
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
  this.timeout(engineDeadline);
  let api: PodgraphApi;
  const fleets = filledEngines(fill, (given) => (api = given));

  const sayYes = () => answer(api, (words) => /^(Stop and )?Remove \d+$|^Include What Needs It$/.test(words));
  /** The page that the work opens. */
  const previewOf = async (work: () => Thenable<Report | undefined>) => {
    const opening = nextPreview(api);
    const ended = work();
    return { page: await opening, ended };
  };

  for (const fleet of fleets) {
    describe(`on ${nameOf(fleet)}`, () => {
      let places: TreeElements;
      before(() => (places = new TreeElements(api, fleet)));

      it('preview: shows the plan, and nothing goes when it is closed', async () => {
        const before = await fleet.everything();
        const { page, ended } = await previewOf(() => run(commandIds.previewRemoval, places.of('loose')));
        assert.equal(page.state.page.title, `Stop and remove container loose from ${nameOf(fleet)}?`);
        page.handleRequest({ type: 'close' });
        assert.equal(await ended, undefined);
        assert.deepEqual(await fleet.everything(), before);
      });

      it('remove: asks before it takes along what needs the chosen one, and leaves all where the answer is no', async () => {
        const before = await fleet.everything();
        const person = answer(api, (words) => words === 'Include Dependents');
        assert.equal(await run(commandIds.remove, places.of('base')), undefined);
        assert.deepEqual(person.buttons, [
          ['Include Dependents', 'Preview Plan'],
          ['Stop and Remove 3', 'Preview Plan'],
        ]);
        assert.match(person.questions[0]?.message ?? '', /^base cannot be removed alone: /);
        assert.match(person.questions[1]?.detail ?? '', /(mid|top), (mid|top) go along/);
        assert.deepEqual(await fleet.everything(), before);
      });

      it('remove with what needs it: the whole chain, and nothing else', async () => {
        const before = await fleet.everything();
        sayYes();
        const report = await run(commandIds.removeWithDependents, places.of('base'));
        assert.deepEqual(outcomes(report), { base: 'removed', mid: 'removed', top: 'removed' });
        const gone = chain.map((name) => fleet.idOf(name));
        assert.deepEqual(
          await fleet.everything(),
          before.filter((id) => !gone.includes(id)),
        );
      });

      it('cancel and kill now: what has begun ends at once, what has not is left as it is', async () => {
        sayYes();
        const slow = places.of('slow');
        assert.ok(slow.kind === 'node');
        const running = run(commandIds.removeWithDependents, places.of('floor'));
        await until(api, 'a stop under way', () => api.service.operationOf(slow.key)?.phase === 'stopping');
        // Until a stop is sent, a cancel withdraws it.
        while (!(await fleet.isBeingStopped('slow')));
        await run(commandIds.cancel);
        await run(commandIds.killSelectedNow, slow);
        const report = await running;
        assert.equal(report?.cancelled, true);
        assert.deepEqual(outcomes(report), { floor: 'notAttempted', slow: 'removed' });
        assert.deepEqual(await fleet.there('floor', 'slow'), ['floor']);
        assert.equal((await fleet.look('floor')).state, 'running');
      });

      it('retry: what failed because somebody came in between, is tried again with that', async () => {
        const yes = sayYes();
        const withNewcomer: Confirm = async (question) => {
          await fleet.container({ name: 'newcomer', network: 'loose' });
          return yes.confirm(question);
        };
        api.actions.setConfirm(withNewcomer);
        assert.deepEqual(outcomes(await run(commandIds.remove, places.of('loose'))), { loose: 'failed' });
        assert.deepEqual(await fleet.there('loose', 'newcomer'), ['loose', 'newcomer']);
        sayYes();
        const again = outcomes(await run(commandIds.retryFailed));
        assert.deepEqual(again, { loose: 'removed', newcomer: 'removed' });
        assert.deepEqual(await fleet.there('loose', 'newcomer'), []);
      });

      it('prune: what has ended and has a label, and no more', async () => {
        const before = await fleet.everything();
        const wish = { containers: true, pods: true, labels: [`engine=${fleet.engine.line}`] };
        const { page, ended } = await previewOf(() => run(commandIds.prune, wish));
        assert.deepEqual(namesOn(page), ['finished']);
        page.handleRequest({ type: 'run', plan: page.state.page.plan });
        assert.deepEqual(outcomes(await ended), { finished: 'removed' });
        assert.deepEqual(
          await fleet.everything(),
          before.filter((id) => id !== fleet.idOf('finished')),
        );
      });

      it('prune: where volumes are wanted, the anonymous ones that nothing uses any more', async () => {
        const before = await fleet.volumes();
        const left = await fleet.leaveVolume();
        const wish = { containers: false, pods: false, volumes: true, labels: [] };
        const { page, ended } = await previewOf(() => run(commandIds.prune, wish));
        assert.deepEqual(namesOn(page), [left]);
        page.handleRequest({ type: 'run', plan: page.state.page.plan });
        assert.deepEqual(outcomes(await ended), { [left]: 'removed' });
        assert.deepEqual(await fleet.volumes(), before);
      });

      itUnlessEngine(withoutPods(fleet), 'remove: a pod goes with its members', async () => {
        sayYes();
        const report = await run(commandIds.remove, places.of('shop'));
        assert.deepEqual(outcomes(report), { shop: 'removed', web: 'removed', worker: 'removed' });
        assert.deepEqual(await fleet.there('shop', 'web', 'worker'), []);
      });
    });
  }

  describe('of all that every engine holds', () => {
    it('one plan and one report, looked at first, and then all of them are empty', async () => {
      const { page, ended } = await previewOf(() => run(commandIds.previewRemovalOfAll));
      const rest = fleets.flatMap(() => ['floor', 'stays']).sort();
      assert.deepEqual(namesOn(page), rest);
      page.handleRequest({ type: 'close' });
      assert.equal(await ended, undefined);
      for (const fleet of fleets) assert.equal((await fleet.everything()).length, 2, nameOf(fleet));

      sayYes();
      const report = await run(commandIds.removeAll);
      const told = [...(report?.nodes.values() ?? [])].map(({ node, outcome }) => `${node.name} ${outcome.kind}`);
      assert.deepEqual(
        told.sort(),
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
