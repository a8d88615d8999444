import { LIBPOD } from '../../../scripts/engines/fleet';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { type Answer, request } from '../../../scripts/engines/http';

/** Longer than any stop timeout or queue; the comparison has its own timeout. */
const TIMEOUT_MS = 15 * 60_000;

/** Raw calls to an engine, without any code of Podgraph. */
export class Calls {
  constructor(private readonly engine: RunningEngine) {}

  removePod(id: string): Promise<Answer> {
    return this.send('DELETE', `${LIBPOD}/pods/${id}?force=true`);
  }

  /** Respects the stop timeout: libpod's `force` stops first; Docker's kills, so there the container is stopped before. */
  async removeContainer(id: string): Promise<Answer> {
    if (this.engine.flavour === 'podman') {
      return this.send('DELETE', `${LIBPOD}/containers/${id}?force=true&volumes=true`);
    }
    await this.send('POST', `/containers/${id}/stop`);
    return this.send('DELETE', `/containers/${id}?force=true&v=1`);
  }

  send(method: string, path: string): Promise<Answer> {
    return request(this.engine.socket, method, path, undefined, TIMEOUT_MS);
  }
}
