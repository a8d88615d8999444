import assert from 'node:assert/strict';
import type { PodgraphApi } from '../../src/extension';
import { namespaceProblem } from '../../src/graph/model/namespaceState';
import { commandIds } from '../../src/view/ids';
import type { EngineFleet } from './engineFleet';
import { engineTimeout, filledEngines, nameOf, TreeElements } from './onEngines';
import { answer, run, until } from './podgraph';
import { outcomes } from './userDriver';

const containers = ['vpn', 'downloader', 'indexer', 'alone'] as const;

/** Two containers in the network of a third, and one that has nothing to do with it. */
async function fill(fleet: EngineFleet): Promise<void> {
  await fleet.container({ name: 'vpn' });
  for (const name of ['downloader', 'indexer']) await fleet.container({ name, network: 'vpn' });
  await fleet.container({ name: 'alone' });
}

describe('containers in a network that is gone', function () {
  this.timeout(engineTimeout);
  let api: PodgraphApi;
  const fleets = filledEngines(fill, (given) => (api = given));

  /** Resolves when exactly these containers of the engine are detached. */
  const untilDetached = (fleet: EngineFleet, ...names: string[]) =>
    until(api, `detached: ${names.join()}`, () => {
      const { graph } = api.service.snapshot;
      const own = containers.flatMap((name) => {
        const node = [...graph.nodes.values()].find(({ id }) => id === fleet.idOf(name));
        return node && namespaceProblem(graph, node)?.kind === 'detached' ? [name] : [];
      });
      return own.join() === names.join();
    });
  /** Whether a container was started after the one with the network. */
  const isLater = async (fleet: EngineFleet, name: string) =>
    (await fleet.inspect(name)).began > (await fleet.inspect('vpn')).began;

  for (const fleet of fleets) {
    it(`on ${nameOf(fleet)} are found when the container with the network is restarted, and repaired`, async () => {
      await untilDetached(fleet);
      await fleet.restart('vpn');
      await untilDetached(fleet, 'downloader', 'indexer');
      assert.equal(await isLater(fleet, 'downloader'), false);
      answer(api, (label) => /^Restart/.test(label));
      const downloader = new TreeElements(api, fleet).of('downloader');
      assert.deepEqual(outcomes(await run(commandIds.repair, downloader)), { downloader: 'done' });
      await untilDetached(fleet, 'indexer');
      assert.equal(await isLater(fleet, 'downloader'), true);
      assert.deepEqual(outcomes(await run(commandIds.repairAll)), { indexer: 'done' });
      await untilDetached(fleet);
      assert.equal(await isLater(fleet, 'indexer'), true);
    });
  }
});
