import { LIBPOD } from '../../../scripts/engines/fleet';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { type Answer, request } from '../../../scripts/engines/http';

/** Longer than any grace or queue: what takes longer is given up from outside. */
const PATIENCE = 15 * 60_000;

/** Raw calls to an engine that take as long as they take, and tell what was answered; nothing of Podgraph takes part. */
export class Calls {
  constructor(private readonly engine: RunningEngine) {}

  removePod(id: string): Promise<Answer> {
    return this.send('DELETE', `${LIBPOD}/pods/${id}?force=true`);
  }

  /** With its grace: libpod's `force` stops first. Docker's kills, so there it is stopped before. */
  async removeContainer(id: string): Promise<Answer> {
    if (this.engine.flavour === 'podman') {
      return this.send('DELETE', `${LIBPOD}/containers/${id}?force=true&volumes=true`);
    }
    await this.send('POST', `/containers/${id}/stop`);
    return this.send('DELETE', `/containers/${id}?force=true&v=1`);
  }

  send(method: string, path: string): Promise<Answer> {
    return request(this.engine.socket, method, path, undefined, PATIENCE);
  }
}
