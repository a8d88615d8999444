import http from 'node:http';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { rootOf } from './benchEngines';

/** Counts the events of the engine's raw event stream. */
export class EventCounter {
  received = 0;

  private constructor(private readonly stream: http.IncomingMessage) {
    stream.setEncoding('utf8');
    stream.on('error', () => undefined);
    stream.on('data', (text: string) => (this.received += text.split('"Action"').length - 1));
  }

  static open(engine: RunningEngine): Promise<EventCounter> {
    const path = `${rootOf(engine)}/events?stream=true`;
    return new Promise((resolve, reject) => {
      const sent = http.get({ socketPath: engine.socket, path, agent: false }, (message) => {
        sent.off('error', reject).on('error', () => undefined);
        resolve(new EventCounter(message));
      });
      sent.on('error', reject);
    });
  }

  close() {
    this.stream.destroy();
  }
}
