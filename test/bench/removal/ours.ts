import { serviceOn } from '../service';
import type { Way } from './ways';

/** What is measured goes from the command to the report: plan, removal, settlement. */
export const ours: Way = {
  name: 'Podgraph',
  serial: false,
  ready: async (running) => {
    const service = await serviceOn(running);
    return async () => {
      const chosen = [...service.snapshot.graph.nodes.keys()];
      const plan = await service.plan({ chosen, everything: true }, { dependents: 'include', running: 'stop' });
      await service.run(plan).done;
      service.dispose();
    };
  },
};
