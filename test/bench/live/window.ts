import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { nodeKey } from '../../../src/graph/model/model';
import type { Service } from '../../../src/service';
import type { GraphSnapshot } from '../../../src/service/service';
import { TreeModel } from '../../../src/view/tree/treeModel';
import { createTestService } from '../../serviceAt';

const ID = 'bench';

/** Engine ids in the window. */
export const idAt = (at: number) => (at === 0 ? ID : `${ID}-${at}`);

/** Key of a container of the first engine. */
export const keyOf = (id: string) => nodeKey(ID, 'container', id);

const TIMEOUT_MS = 900_000;

/** Service and tree model of a window with a visible view: the tree is updated on every change. */
export class BenchWindow {
  readonly service: Service;
  /** Changes that the tree received. */
  repaints = 0;
  private readonly tree: TreeModel;
  private readonly waiting = new Set<() => void>();

  constructor(...running: readonly RunningEngine[]) {
    this.service = createTestService(
      running.map(({ socket, name }, at) => ({ id: idAt(at), label: name, address: { kind: 'unix', path: socket } })),
    );
    this.tree = new TreeModel(this.service.snapshot);
    this.service.onDidChange((change) => {
      this.repaints++;
      this.tree.update(this.service.snapshot, change);
      this.tree.children(undefined);
      for (const check of this.waiting) check();
    });
  }

  open() {
    this.service.setVisible(true);
  }

  /** Resolves when the tree shows a snapshot that meets the condition. */
  async until(condition: string, isMet: (snapshot: GraphSnapshot) => boolean): Promise<void> {
    if (isMet(this.service.snapshot)) return;
    await new Promise<void>((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(check);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`Timed out waiting until ${condition}.`));
      }, TIMEOUT_MS);
      const check = () => {
        if (!isMet(this.service.snapshot)) return;
        end();
        resolve();
      };
      this.waiting.add(check);
    });
  }

  untilListed() {
    return this.until('the containers are listed', ({ engines }) => engines.get(ID)?.listed === true);
  }

  /** Resolves when all containers are inspected and events are streamed. */
  untilInspected() {
    return this.until('all are inspected', ({ engines }) => {
      const status = engines.get(ID);
      return status?.listed === true && status.state === 'live' && status.uninspected === 0;
    });
  }

  /** The same with the list that follows the inspects, for the ids of namespaces. */
  untilComplete() {
    return this.until('all is known', ({ engines, graph }) => {
      const status = engines.get(ID);
      if (!status?.listed || status.state !== 'live' || status.uninspected > 0) return false;
      return [...graph.nodes.values()].every((node) => node.kind === 'pod' || node.namespaces !== '');
    });
  }

  /** Expands the whole tree. */
  expandAll() {
    const pending = [...this.tree.children(undefined)];
    for (let element = pending.pop(); element; element = pending.pop()) pending.push(...this.tree.children(element));
  }

  close() {
    this.service.dispose();
  }
}

/** Counts the GET requests that this process sends to engines. */
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
