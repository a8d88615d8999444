import type { RunningEngine } from '../../scripts/engines/engine';
import type { Service } from '../../src/service';
import { createTestService } from '../serviceAt';

/** The production service, connected to the engine, visible, with everything inspected. */
export async function startService({ socket, name }: RunningEngine): Promise<Service> {
  const service = createTestService([{ id: 'bench', label: name, address: { kind: 'unix', path: socket } }]);
  service.setVisible(true);
  await service.refresh();
  return service;
}
