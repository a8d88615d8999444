import type { Exchange, Side } from '../proxy';
import type { FaultKind, Stage } from '../stage';

/** Seconds of engine time for which an answer is held back before its connection is cut. */
const STALL = 2;
/** Longer than any deadline of a read, and than a write with a stop timeout of 1 s may take. */
const BEYOND_DEADLINES = { reads: 40, writes: 70 } as const;
/** How long an answered deletion takes to begin. */
const LATE_REMOVAL = 3;
const HUGE = 8 * 1024 * 1024;

const locked = JSON.stringify({ cause: 'database is locked', message: 'database is locked', response: 500 });
const page = '<html><body>Sign in</body></html>';

type Damage = (exchange: Exchange, stage: Stage) => Promise<void>;

const answered = async (exchange: Exchange, change: (body: Buffer) => Buffer, length?: (body: Buffer) => number) => {
  const { status, body } = await exchange.forward();
  if (status === 204 || status === 304) return exchange.reply(status, '');
  exchange.reply(status, change(body), length ? { length: length(body) } : {});
};

/** Breaks in the middle of the first text value, or in an answer without one at its end. */
function withInvalidUtf8(body: Buffer): Buffer {
  const at = body.indexOf('":"');
  const bad = Buffer.from([0xc3, 0x28, 0xff]);
  return at < 0 ? Buffer.concat([body, bad]) : Buffer.concat([body.subarray(0, at + 3), bad, body.subarray(at + 3)]);
}

const damages: Readonly<Record<string, Damage>> = {
  'cut before': async (exchange) => exchange.cut(),
  'cut after': async (exchange) => {
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
  'invalid UTF-8': (exchange) => answered(exchange, withInvalidUtf8),
  'huge answer': (exchange) => answered(exchange, (body) => Buffer.concat([Buffer.alloc(HUGE, ' '), body])),
  // The other end is gone and nothing says so: what is sent vanishes.
  'half-open': async (exchange, { clock }) => {
    await clock.delay(BEYOND_DEADLINES[exchange.side] * 1000);
    exchange.cut();
  },
  'answer after its deadline': async (exchange, { clock }) => {
    const { status, body } = await exchange.forward();
    await clock.delay(BEYOND_DEADLINES[exchange.side] * 1000);
    if (!exchange.isClosed) exchange.reply(status, body);
  },
};

/** Hits the first request of a side, and each later one with this chance. */
const AGAIN = 0.25;

function hitting(name: string, side: Side, damage: Damage): FaultKind {
  return {
    name: `${name}, ${side}`,
    on: 'demo',
    begin: (stage) => {
      let hits = 0;
      stage.proxy.requestRule = (exchange) => {
        if (exchange.side !== side || (hits > 0 && stage.random() > AGAIN)) return undefined;
        hits++;
        stage.hit();
        return damage(exchange, stage).catch(() => exchange.cut());
      };
    },
  };
}

/** The engine says yes to a removal, and the object is there for some seconds more. */
const lateRemoval: FaultKind = {
  name: 'success, and still there for seconds',
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

/** Calls fail for seconds while the event stream stays. */
const callsCut: FaultKind = {
  name: 'calls cut, events alive',
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
  ...Object.entries(damages).flatMap(([name, damage]) => [
    hitting(name, 'writes', damage),
    hitting(name, 'reads', damage),
  ]),
  lateRemoval,
  callsCut,
];
