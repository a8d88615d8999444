import http from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type { Carrier } from './carrier';

/**
 * Gives each request a connection of the carrier: one of its own, or, where `kept`, one on which another was answered. What
 * is kept goes after a second: Podman's service ends by itself when nobody is connected.
 *
 * docker-modem 5.0.7 prints its options in full before each request, whether anybody reads that or not: with the sockets of
 * eight calls under way that costs 100 ms of processor time a call. So an agent shows nothing of itself.
 */
export class CarriedAgent extends http.Agent {
  constructor(
    private readonly carrier: Carrier,
    kept: boolean,
  ) {
    super(kept ? { keepAlive: true, timeout: 1000 } : { keepAlive: false });
  }

  /** Called by Node's agent; where it is sent is for the carrier to know. */
  override createConnection(_where: unknown, done?: (error: Error | null, none: Duplex) => void): Duplex | undefined {
    try {
      return this.carrier.connect();
    } catch (thrown) {
      done?.(thrown as Error, undefined as never);
      return undefined;
    }
  }

  [inspect.custom](): string {
    return 'agent';
  }
}
