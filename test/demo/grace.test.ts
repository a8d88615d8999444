import { describe, expect, it } from 'vitest';
import { openEvents, startDemo } from './running';

const forced = 'force=true';

describe('grace periods', () => {
  it('a container that ignores TERM is killed when its own stop timeout is over, and not before', async () => {
    const { engine, clock, ask, left } = await startDemo();
    engine.addContainer({ name: 'hard', stubborn: true, stopTimeout: 4 });
    const removal = openEvents(ask('DELETE', `/containers/hard?${forced}`));
    await clock.untilPending(1);
    expect(engine.state().containers[0]).toMatchObject({ state: 'stopping' });
    await clock.advance(3999);
    expect(removal.settled).toBe(false);
    expect(engine.state().containers[0]).toMatchObject({ state: 'stopping' });
    await clock.advance(1);
    expect((await removal.promise).status).toBe(200);
    expect(left()).toEqual([]);
  });

  it('a timeout in the call goes before the container’s own', async () => {
    const { engine, ask, left } = await startDemo();
    engine.addContainer({ name: 'hard', stubborn: true });
    expect((await ask('DELETE', `/containers/hard?${forced}&timeout=0`)).status).toBe(200);
    expect(left()).toEqual([]);
  });

  it('a paused container is killed without grace', async () => {
    const { engine, ask, left } = await startDemo();
    engine.addContainer({ name: 'frozen', stubborn: true, state: 'paused' });
    expect((await ask('DELETE', `/containers/frozen?${forced}`)).status).toBe(200);
    expect(left()).toEqual([]);
  });

  it('a signal to a paused container waits until it goes on', async () => {
    const { engine, ask } = await startDemo();
    engine.addContainer({ name: 'frozen', state: 'paused' });
    expect((await ask('POST', '/containers/frozen/kill?signal=TERM')).status).toBe(204);
    expect(engine.state().containers[0]).toMatchObject({ state: 'paused' });
    await ask('POST', '/containers/frozen/unpause');
    expect(engine.state().containers[0]).toMatchObject({ state: 'exited', exitCode: 0 });
  });

  it('a kill from elsewhere ends the grace of a deletion', async () => {
    const { engine, clock, ask } = await startDemo();
    engine.addContainer({ name: 'hard', stubborn: true });
    const removal = ask('DELETE', `/containers/hard?${forced}`);
    await clock.untilPending(1);
    expect((await ask('POST', '/containers/hard/kill?signal=KILL')).status).toBe(204);
    expect((await removal).status).toBe(200);
    expect(clock.pending).toBe(0);
  });

  it.each(
    (['4.3', '5', '6'] as const).flatMap((profile) => [
      { profile, query: 't=0', waits: true },
      { profile, query: 't=1', waits: true },
      { profile, query: 'timeout=0', waits: false },
    ]),
  )(
    'stop?$query on $profile: the container gets its grace all the same is $waits',
    async ({ profile, query, waits }) => {
      const { engine, clock, ask, arrived } = await startDemo({ profile });
      engine.addContainer({ name: 'hard', stubborn: true, stopTimeout: 7 });
      const stop = openEvents(ask('POST', `/containers/hard/stop?${query}`));
      await arrived('/stop');
      await clock.advance(6999);
      // An inspection that is answered later than the stop would be says that the stop is not.
      const { json } = await ask('GET', '/containers/hard/json');
      expect((json as { State: { Status: string } }).State.Status).toBe(waits ? 'stopping' : 'exited');
      await clock.advance(1);
      expect((await stop.promise).status).toBe(204);
    },
  );

  it('a container with --rm goes when it stops, with its anonymous volumes', async () => {
    const { engine, ask, left } = await startDemo();
    engine.addContainer({ name: 'brief', autoRemove: true, volumes: ['/scratch', 'kept:/kept'] });
    expect((await ask('POST', '/containers/brief/stop')).status).toBe(204);
    expect(left()).toEqual([]);
    expect(engine.state().volumes).toEqual(['kept']);
  });

  it('a command that ends by itself exits with its code, and restart policies bring it back', async () => {
    const { engine, clock } = await startDemo();
    engine.addContainer({ name: 'job', command: ['sh', '-c', 'sleep 5; exit 3'] });
    engine.addContainer({ name: 'again', command: ['sh', '-c', 'sleep 5; exit 3'], restart: 'on-failure' });
    engine.addContainer({ name: 'content', command: ['sleep', '5'], restart: 'on-failure' });
    await clock.advance(5000);
    const states = (): unknown => engine.state().containers.map(({ name, state, exitCode }) => [name, state, exitCode]);
    expect(states()).toEqual([
      ['job', 'exited', 3],
      ['again', 'stopped', 3],
      ['content', 'exited', 0],
    ]);
    await clock.advance(100);
    expect(states()).toContainEqual(['again', 'running', 0]);
  });
});
