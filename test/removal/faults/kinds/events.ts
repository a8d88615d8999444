import type { EventRule } from '../proxy';
import type { FaultKind, Stage } from '../stage';

const HUGE_LABEL = 5 * 1024 * 1024;

type Write = Parameters<EventRule>[1];

function distorting(name: string, distort: (stage: Stage) => EventRule): FaultKind {
  return {
    name: `events ${name}`,
    on: 'demo',
    begin: (stage) => {
      const rule = distort(stage);
      stage.proxy.eventRule = (line, write) => {
        if (line.trim() === '') return write(`${line}\n`);
        stage.hit();
        rule(line, write);
      };
    },
  };
}

/** Swaps pairs of events; an unpaired event passes after 2 s. */
function reordered({ clock }: Stage): EventRule {
  let waiting: (() => void) | undefined;
  return (line, write) => {
    const before = waiting;
    waiting = undefined;
    const pass = () => write(`${line}\n`);
    if (before) {
      pass();
      return before();
    }
    const own = () => pass();
    waiting = own;
    void clock.delay(2_000).then(() => {
      if (waiting !== own) return;
      waiting = undefined;
      own();
    });
  };
}

/** Changes the event's object: one that does not exist, a planned one, or an outsider. */
function ofAnotherId({ fleet, random }: Stage): EventRule {
  return (line, write) => {
    const others = [fleet.id('outsider'), fleet.id('base'), fleet.id('lone'), 'f'.repeat(64)];
    const id = others[Math.floor(random() * others.length)] ?? '';
    const event = JSON.parse(line) as { Actor?: { ID?: string } };
    write(`${JSON.stringify({ ...event, id, Actor: { ...event.Actor, ID: id } })}\n`);
  };
}

const late =
  ({ clock, random }: Stage): EventRule =>
  (line, write) =>
    void clock.delay((1 + 4 * random()) * 1000).then(() => write(`${line}\n`));

const noise = (write: Write, line: string, bytes: Buffer) => {
  write(Buffer.concat([bytes, Buffer.from('\n')]));
  write(`${line}\n`);
};

/** The stream ends repeatedly, while requests work. */
const cut: FaultKind = {
  name: 'events cut, requests work',
  on: 'demo',
  begin: (stage) => {
    let isOver = false;
    stage.onEnd(() => void (isOver = true));
    const repeat = async () => {
      while (!isOver) {
        if (stage.proxy.cutEvents() > 0) stage.hit();
        await stage.clock.delay(300);
      }
    };
    void repeat();
  },
};

export const eventFaults: readonly FaultKind[] = [
  cut,
  distorting('silent', () => () => undefined),
  distorting(
    'dropped at random',
    ({ random }) =>
      (line, write) =>
        random() < 0.5 && write(`${line}\n`),
  ),
  distorting('late', late),
  distorting('duplicated', () => (line, write) => {
    write(`${line}\n`);
    write(`${line}\n`);
  }),
  distorting('reordered', reordered),
  distorting('for another id', ofAnotherId),
  distorting('with invalid UTF-8', () => (line, write) => noise(write, line, Buffer.from([0xff, 0xfe, 0xc3, 0x28]))),
  distorting('in huge lines', () => (line, write) => {
    const event = JSON.parse(line) as { Actor?: { Attributes?: object } };
    const Attributes = { ...event.Actor?.Attributes, huge: 'x'.repeat(HUGE_LABEL) };
    write(`${JSON.stringify({ ...event, Actor: { ...event.Actor, Attributes } })}\n`);
  }),
];
