import { describe, expect, it } from 'vitest';
import { track, startDemo } from './demoFixture';

const forced = 'force=true';

describe('stop timeouts', () => {
  it('kills a container that ignores TERM after its own stop timeout', async () => {
    const { engine, clock, send, remaining } = await startDemo();
    engine.addContainer({ name: 'hard', stubborn: true, stopTimeout: 4 });
    const removal = track(send('DELETE', `/containers/hard?${forced}`));
    await clock.untilPending(1);
    expect(engine.state().containers[0]).toMatchObject({ state: 'stopping' });
    await clock.advance(3999);
    expect(removal.settled).toBe(false);
    expect(engine.state().containers[0]).toMatchObject({ state: 'stopping' });
    await clock.advance(1);
    expect((await removal.promise).status).toBe(200);
    expect(remaining()).toEqual([]);
  });

  it('a timeout in the request overrides the container’s own', async () => {
    const { engine, send, remaining } = await startDemo();
    engine.addContainer({ name: 'hard', stubborn: true });
    expect((await send('DELETE', `/containers/hard?${forced}&timeout=0`)).status).toBe(200);
    expect(remaining()).toEqual([]);
  });

  it('kills a paused container at once', async () => {
    const { engine, send, remaining } = await startDemo();
    engine.addContainer({ name: 'frozen', stubborn: true, state: 'paused' });
    expect((await send('DELETE', `/containers/frozen?${forced}`)).status).toBe(200);
    expect(remaining()).toEqual([]);
  });

  it('delivers a signal to a paused container at unpause', async () => {
    const { engine, send } = await startDemo();
    engine.addContainer({ name: 'frozen', state: 'paused' });
    expect((await send('POST', '/containers/frozen/kill?signal=TERM')).status).toBe(204);
    expect(engine.state().containers[0]).toMatchObject({ state: 'paused' });
    await send('POST', '/containers/frozen/unpause');
    expect(engine.state().containers[0]).toMatchObject({ state: 'exited', exitCode: 0 });
  });

  it('a concurrent kill ends the stop timeout of a deletion', async () => {
    const { engine, clock, send } = await startDemo();
    engine.addContainer({ name: 'hard', stubborn: true });
    const removal = send('DELETE', `/containers/hard?${forced}`);
    await clock.untilPending(1);
    expect((await send('POST', '/containers/hard/kill?signal=KILL')).status).toBe(204);
    expect((await removal).status).toBe(200);
    expect(clock.pending).toBe(0);
  });

  it.each(
    (['4.3', '5', '6'] as const).flatMap((profile) => [
      { profile, query: 't=0', waits: true },
      { profile, query: 't=1', waits: true },
      { profile, query: 'timeout=0', waits: false },
    ]),
  )('stop?$query on $profile waits for the container’s own stop timeout: $waits', async ({ profile, query, waits }) => {
    const { engine, clock, send, arrived } = await startDemo({ profile });
    engine.addContainer({ name: 'hard', stubborn: true, stopTimeout: 7 });
    const stop = track(send('POST', `/containers/hard/stop?${query}`));
    await arrived('/stop');
    await clock.advance(6999);
    // The response to an inspection proves that the stop has not ended.
    const { json } = await send('GET', '/containers/hard/json');
    expect((json as { State: { Status: string } }).State.Status).toBe(waits ? 'stopping' : 'exited');
    await clock.advance(1);
    expect((await stop.promise).status).toBe(204);
  });

  it('a container with --rm is removed when it exits, with its anonymous volumes', async () => {
    const { engine, send, remaining } = await startDemo();
    engine.addContainer({ name: 'brief', autoRemove: true, volumes: ['/scratch', 'kept:/kept'] });
    expect((await send('POST', '/containers/brief/stop')).status).toBe(204);
    expect(remaining()).toEqual([]);
    expect(engine.state().volumes).toEqual(['kept']);
  });

  it('a command exits on its own with its code, and restart policies apply', async () => {
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
