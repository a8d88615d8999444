import http from 'node:http';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { rootOf } from './places';

/** The engine's own event stream, raw: how many it told so far. */
export class Happenings {
  told = 0;

  private constructor(private readonly stream: http.IncomingMessage) {
    stream.setEncoding('utf8');
    stream.on('error', () => undefined);
    stream.on('data', (text: string) => (this.told += text.split('"Action"').length - 1));
  }

  static open(engine: RunningEngine): Promise<Happenings> {
    const path = `${rootOf(engine)}/events?stream=true`;
    return new Promise((resolve, reject) => {
      const sent = http.get({ socketPath: engine.socket, path, agent: false }, (message) => {
        sent.off('error', reject).on('error', () => undefined);
        resolve(new Happenings(message));
      });
      sent.on('error', reject);
    });
  }

  close() {
    this.stream.destroy();
  }
}
