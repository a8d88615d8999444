import type { EngineId } from '../graph/model';
import type { PodgraphService } from '../service/service';
import { askForName, pickConnections } from '../view/connectionPicker';
import type { Occurrence } from '../view/tree/occurrence';
import type { Connections } from './connections';

/** Which engines are shown, how they are called and in which order: by the palette, and on an engine's own menu. */
export class ConnectionCommands {
  constructor(
    private readonly connections: Connections,
    private readonly service: Pick<PodgraphService, 'snapshot'>,
  ) {}

  async choose() {
    this.connections.search();
    const chosen = await pickConnections(this.connections.listed, this.service.snapshot.engines);
    if (chosen) this.connections.showOnly(chosen);
  }

  hide(clicked: Occurrence | undefined) {
    const id = engineAt(clicked);
    if (id !== undefined) this.connections.hide(id);
  }

  async rename(clicked: Occurrence | undefined) {
    const connection = this.connections.listed.find(({ id }) => id === engineAt(clicked));
    const name = connection && (await askForName(connection));
    if (connection && name !== undefined) this.connections.rename(connection.id, name);
  }

  move(clicked: Occurrence | undefined, by: -1 | 1) {
    const id = engineAt(clicked);
    if (id !== undefined) this.connections.move(id, by);
  }
}

function engineAt(clicked: Occurrence | undefined): EngineId | undefined {
  return clicked?.kind === 'engine' ? clicked.engine : undefined;
}
