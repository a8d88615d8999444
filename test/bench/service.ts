import type { RunningEngine } from '../../scripts/engines/engine';
import type { Service } from '../../src/service/index';
import { serviceAt } from '../serviceAt';

/** The production service, as a window has it whose view is open on the engine: connected, and everything inspected. */
export async function serviceOn({ socket, name }: RunningEngine): Promise<Service> {
  const service = serviceAt([{ id: 'bench', label: name, address: { kind: 'unix', path: socket } }]);
  service.setVisible(true);
  await service.refresh();
  return service;
}
