import { startService } from '../service';
import type { Strategy } from './competitors';

/** From the command to the report: plan, removal, reconciliation. */
export const ours: Strategy = {
  name: 'Podgraph',
  serial: false,
  prepare: async (running) => {
    const service = await startService(running);
    return async () => {
      const chosen = [...service.snapshot.graph.nodes.keys()];
      const plan = await service.plan({ chosen, isAll: true }, { dependents: 'include', running: 'stop' });
      await service.run(plan).done;
      service.dispose();
    };
  },
};
