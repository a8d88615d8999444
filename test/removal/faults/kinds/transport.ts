import type { Exchange, Side } from '../proxy';
import type { FaultKind, Stage } from '../stage';

/** Seconds of engine time until the connection of a stalled response is cut. */
const STALL = 2;
/** Seconds; longer than the timeouts of a read, and of a write with a stop timeout of 1 s. */
const BEYOND_TIMEOUTS = { reads: 40, writes: 70 } as const;
/** Seconds between the response to a deletion and its start. */
const LATE_REMOVAL = 3;
const HUGE = 8 * 1024 * 1024;

const locked = JSON.stringify({ cause: 'database is locked', message: 'database is locked', response: 500 });
const page = '<html><body>Sign in</body></html>';

type Corruption = (exchange: Exchange, stage: Stage) => Promise<void>;

const replyChanged = async (
  exchange: Exchange,
  change: (body: Buffer) => Buffer,
  length?: (body: Buffer) => number,
) => {
  const { status, body } = await exchange.forward();
  if (status === 204 || status === 304) return exchange.reply(status, '');
  exchange.reply(status, change(body), length ? { length: length(body) } : {});
};

/** Inserts invalid bytes into the first string value, or appends them if there is none. */
function withInvalidUtf8(body: Buffer): Buffer {
  const at = body.indexOf('":"');
  const bad = Buffer.from([0xc3, 0x28, 0xff]);
  return at < 0 ? Buffer.concat([body, bad]) : Buffer.concat([body.subarray(0, at + 3), bad, body.subarray(at + 3)]);
}

const corruptions: Readonly<Record<string, Corruption>> = {
  'cut before the request': async (exchange) => exchange.cut(),
  'cut after the request': async (exchange) => {
    await exchange.forward();
    exchange.cut();
  },
  stalled: async (exchange, { clock }) => {
    await exchange.forward();
    await clock.delay(STALL * 1000);
    exchange.cut();
  },
  'half body': async (exchange) => {
    const { status, body } = await exchange.forward();
    exchange.reply(status, body.subarray(0, body.length / 2), { length: Math.max(body.length, 1) });
  },
  'status 500': async (exchange) => exchange.reply(500, locked),
  'page with 200': async (exchange) => exchange.reply(200, page, { type: 'text/html' }),
  'page with 403': async (exchange) => exchange.reply(403, page, { type: 'text/html' }),
  'invalid UTF-8': (exchange) => replyChanged(exchange, withInvalidUtf8),
  'huge response': (exchange) => replyChanged(exchange, (body) => Buffer.concat([Buffer.alloc(HUGE, ' '), body])),
  // The peer is gone without closing the connection: sent data is lost.
  'half-open': async (exchange, { clock }) => {
    await clock.delay(BEYOND_TIMEOUTS[exchange.side] * 1000);
    exchange.cut();
  },
  'response after its timeout': async (exchange, { clock }) => {
    const { status, body } = await exchange.forward();
    await clock.delay(BEYOND_TIMEOUTS[exchange.side] * 1000);
    if (!exchange.isClosed) exchange.reply(status, body);
  },
};

/** Probability of a fault for requests after the first. */
const REPEAT_PROBABILITY = 0.25;

function hitting(name: string, side: Side, corrupt: Corruption): FaultKind {
  return {
    name: `${name}, ${side}`,
    on: 'demo',
    begin: (stage) => {
      let hits = 0;
      stage.proxy.requestRule = (exchange) => {
        if (exchange.side !== side || (hits > 0 && stage.random() > REPEAT_PROBABILITY)) return undefined;
        hits++;
        stage.hit();
        return corrupt(exchange, stage).catch(() => exchange.cut());
      };
    },
  };
}

/** The engine reports a removal, but the object exists for some more seconds. */
const lateRemoval: FaultKind = {
  name: 'success reported before the removal',
  on: 'demo',
  begin: (stage) => {
    stage.proxy.requestRule = (exchange) => {
      if (exchange.method !== 'DELETE') return undefined;
      const [, kind, id] = /\/(pods|containers)\/(\w+)/.exec(exchange.url) ?? [];
      stage.hit();
      exchange.reply(200, JSON.stringify(kind === 'pods' ? { Id: id, Err: null } : [{ Id: id, Err: null }]));
      const later = stage.clock.delay(LATE_REMOVAL * 1000).then(() => exchange.forward());
      stage.onEnd(() => later.catch(() => undefined));
      return Promise.resolve();
    };
  },
};

/** Requests fail for seconds while the event stream works. */
const requestsCut: FaultKind = {
  name: 'requests cut, events work',
  on: 'demo',
  begin: (stage) => {
    stage.proxy.requestRule = (exchange) => {
      stage.hit();
      exchange.cut();
      return Promise.resolve();
    };
    void stage.clock.delay((1 + 6 * stage.random()) * 1000).then(() => (stage.proxy.requestRule = undefined));
  },
};

export const transportFaults: readonly FaultKind[] = [
  ...Object.entries(corruptions).flatMap(([name, corrupt]) => [
    hitting(name, 'writes', corrupt),
    hitting(name, 'reads', corrupt),
  ]),
  lateRemoval,
  requestsCut,
];
