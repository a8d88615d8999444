import { request } from '../../../../scripts/engines/http';
import { demoEngine, listObjects } from '../engines';
import { makeFleet } from '../fleet';
import type { FaultKind, Stage } from '../stage';

const version = async (stage: Stage) => (await request(stage.engine.socket, 'GET', '/version')).text;

/** Runs `work` at the first write. */
const atFirstWrite = (stage: Stage, work: () => Promise<void>) => {
  const done = stage.proxy.firstWrite.then(work);
  stage.untilDone(done);
};

function killed(on: 'demo' | 'real'): FaultKind {
  return {
    name: `engine killed (${on})`,
    on,
    begin: (stage) => {
      atFirstWrite(stage, async () => {
        await stage.clock.delay(stage.random() * 400);
        await stage.engine.kill();
        stage.hit();
        await stage.clock.delay(stage.random() * 4_000);
        await stage.engine.restart();
      });
    },
  };
}

/** Another engine with objects of the same names takes over the socket. */
const replaced: FaultKind = {
  name: 'engine replaced at its socket',
  on: 'demo',
  prepare: async (stage) => {
    const other = await demoEngine(stage.clock, '5');
    stage.onEnd(() => other.clear());
    // Demo engines count ids from the same start: these must differ.
    for (let number = 0; number < 100; number++) other.demo?.addVolume({});
    await makeFleet(other.socket, stage.random, stage.fleet.name(''));
    const before = await listObjects(other.socket);
    atFirstWrite(stage, async () => {
      stage.proxy.target = other.socket;
      if (stage.proxy.cutAll() > 0) stage.hit();
      stage.serving = other.socket;
    });
    stage.alsoUnchanged.push({ socket: other.socket, before });
  },
};

const upgraded: FaultKind = {
  name: 'engine upgraded',
  on: 'demo',
  prepare: async (stage) => {
    stage.engine.demo?.upgradeTo('4.3');
  },
  begin: (stage) => {
    atFirstWrite(stage, async () => {
      const before = await version(stage);
      await stage.engine.kill();
      await stage.clock.delay(stage.random() * 2_000);
      stage.engine.demo?.upgradeTo('6');
      await stage.engine.restart();
      if ((await version(stage)) !== before) stage.hit();
    });
  },
};

/** The engine restarts with an earlier state of its storage: removed containers exist again, stopped. */
const rolledBack: FaultKind = {
  name: 'storage rolled back',
  on: 'demo',
  begin: (stage) => {
    const restore = stage.engine.demo?.checkpoint();
    let isDone = false;
    stage.proxy.requestRule = (exchange) => {
      if (exchange.method !== 'DELETE' || isDone) return undefined;
      return exchange.forward().then(async ({ status, body }) => {
        if (status >= 300 || isDone) return exchange.reply(status, body);
        isDone = true;
        await stage.engine.kill();
        if ((restore?.() ?? 0) > 0) stage.hit();
        exchange.cut();
        stage.proxy.cutAll();
        await stage.clock.delay(stage.random() * 2_000);
        await stage.engine.restart();
      });
    };
  },
};

export const engineFaults: readonly FaultKind[] = [killed('demo'), killed('real'), replaced, upgraded, rolledBack];
