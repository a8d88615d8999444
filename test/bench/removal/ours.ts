import { systemClock } from '../../../src/engine/clock';
import { createEngine } from '../../../src/engine/createEngine';
import { createService, defaultConcurrency } from '../../../src/service/index';
import type { Way } from './ways';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

/**
 * The production service, as a window has it whose view is open on the engine: connected, and everything inspected. What is
 * measured goes from the command to the report: plan, removal, settlement.
 */
export const ours: Way = {
  name: 'Podgraph',
  serial: false,
  ready: async (running) => {
    const id = 'bench';
    const engine = createEngine({ id, address: { kind: 'unix', path: running.socket } }, systemClock);
    const service = createService(
      { clock: systemClock, log: silent, concurrency: () => defaultConcurrency, random: Math.random },
      [{ id, label: running.name, engine }],
    );
    service.setVisible(true);
    await service.refresh();
    return async () => {
      const chosen = [...service.snapshot.graph.nodes.keys()];
      const plan = await service.plan({ chosen, everything: true }, { dependents: 'include', running: 'stop' });
      await service.run(plan).done;
      service.dispose();
    };
  },
};
