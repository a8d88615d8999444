import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { nodeKey } from '../../../src/graph/model/model';
import type { Service } from '../../../src/service';
import type { GraphSnapshot } from '../../../src/service/service';
import { TreeModel } from '../../../src/view/tree/treeModel';
import { createTestService } from '../../serviceAt';

const ID = 'bench';

/** What the window calls its engines, in their order. */
export const idAt = (at: number) => (at === 0 ? ID : `${ID}-${at}`);

/** What the window calls a container of its first engine. */
export const keyOf = (id: string) => nodeKey(ID, 'container', id);

/** Longer than anything here takes: what comes later never comes. */
const PATIENCE = 180_000;

/** The service and the tree of an editor's window whose view is open: at each change the tree takes over the new picture. */
export class BenchWindow {
  readonly service: Service;
  private readonly tree: TreeModel;
  private readonly waiting = new Set<() => void>();

  constructor(...running: readonly RunningEngine[]) {
    this.service = createTestService(
      running.map(({ socket, name }, at) => ({ id: idAt(at), label: name, address: { kind: 'unix', path: socket } })),
    );
    this.tree = new TreeModel(this.service.snapshot);
    this.service.onDidChange((change) => {
      this.tree.update(this.service.snapshot, change);
      this.tree.children(undefined);
      for (const look of this.waiting) look();
    });
  }

  open() {
    this.service.setVisible(true);
  }

  /** Resolves when the tree stands for a picture of which this is so. */
  async until(what: string, isSo: (picture: GraphSnapshot) => boolean): Promise<void> {
    if (isSo(this.service.snapshot)) return;
    await new Promise<void>((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(look);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`It never came to be that ${what}.`));
      }, PATIENCE);
      const look = () => {
        if (!isSo(this.service.snapshot)) return;
        end();
        resolve();
      };
      this.waiting.add(look);
    });
  }

  untilListed() {
    return this.until('the containers are listed', ({ engines }) => engines.get(ID)?.listed === true);
  }

  /** All is inspected, and the feed follows. */
  untilWhole() {
    return this.until('all are inspected', ({ engines }) => {
      const status = engines.get(ID);
      return status?.listed === true && status.state === 'live' && status.uninspected === 0;
    });
  }

  /** Opens all of the tree, as far as it folds. */
  unfold() {
    const open = [...this.tree.children(undefined)];
    for (let place = open.pop(); place; place = open.pop()) open.push(...this.tree.children(place));
  }

  close() {
    this.service.dispose();
  }
}

/** Counts the questions that this process sends to engines: all that is asked is asked by GET. */
export class RequestCounter {
  sent = 0;
  private readonly count = (message: unknown) => {
    if ((message as { readonly request: ClientRequest }).request.method === 'GET') this.sent++;
  };

  constructor() {
    subscribe('http.client.request.start', this.count);
  }

  end() {
    unsubscribe('http.client.request.start', this.count);
  }
}
