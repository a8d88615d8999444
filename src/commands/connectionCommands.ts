import { hostEnvironment } from '../engine/discovery/hostEnvironment';
import type { EngineId } from '../graph/model/model';
import type { GraphSnapshot, PodgraphService } from '../service/service';
import { pickConnections, promptName } from '../view/connectionSettings';
import { addConnectionSetting } from '../view/settings';
import type { TreeElement } from '../view/tree/treeElement';
import { addConnection } from './addConnection';
import type { Connections } from './connections';

/** Commands that add, select, hide, rename and order connections. */
export class ConnectionCommands {
  constructor(
    private readonly connections: Connections,
    private readonly service: Pick<PodgraphService, 'snapshot'>,
    /** The engines in the view. */
    private readonly engines: () => GraphSnapshot['engines'],
  ) {}

  async add() {
    await this.connections.rediscover();
    await addConnection({ connections: this.connections, host: hostEnvironment(), write: addConnectionSetting });
  }

  async select() {
    await this.connections.rediscover();
    const answer = await pickConnections(this.connections.listed, this.service.snapshot.engines);
    if (answer) this.connections.setVisible(answer.ids);
    if (answer?.wantsNew) await this.add();
  }

  hide(clicked: TreeElement | undefined) {
    const id = this.engineAt(clicked);
    if (id !== undefined) this.connections.hide(id);
  }

  async rename(clicked: TreeElement | undefined) {
    const connection = this.connections.listed.find(({ id }) => id === this.engineAt(clicked));
    const name = connection && (await promptName(connection));
    if (connection && name !== undefined) this.connections.rename(connection.id, name);
  }

  move(clicked: TreeElement | undefined, by: -1 | 1) {
    const id = this.engineAt(clicked);
    if (id !== undefined) this.connections.move(id, by);
  }

  /** The clicked engine. A single engine has no row: then the commands are in the menu of the view. */
  private engineAt(clicked: TreeElement | undefined): EngineId | undefined {
    if (clicked) return clicked.kind === 'engine' ? clicked.engine : undefined;
    const [only, ...others] = this.engines().keys();
    return others.length === 0 ? only : undefined;
  }
}
