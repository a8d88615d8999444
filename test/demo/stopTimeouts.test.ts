import { expect, test } from 'vitest';
import { track, startDemo } from './demoFixture';

const day = 24 * 3600;

test.each([
  ['5', 30 * day, 30 * day],
  ['4.3', 30 * day, 30 * day],
  ['5', 4294967295, 4294967295],
  // Nanoseconds overflow: the engine kills at once.
  ['5', 9999999999, 0],
  ['4.3', 9999999999, 0],
  ['4.3', 18446744073709551615, 0],
] as const)('Podman %s with stop timeout %d s sends SIGKILL after %d s', async (profile, own, waits) => {
  const { engine, clock, send } = await startDemo({ profile });
  engine.addContainer({ name: 'hard', stubborn: true, stopTimeout: own });
  const stop = track(send('POST', '/containers/hard/stop'));
  if (waits > 0) {
    await clock.untilPending(1);
    await clock.advance(waits * 1000 - 1);
    expect(stop.settled).toBe(false);
    await clock.advance(1);
  }
  expect((await stop.promise).status).toBe(204);
  expect(engine.state().containers[0]).toMatchObject({ state: 'exited', exitCode: 137 });
});

test('a trap that exits after two seconds ends the container, a trap that only prints does not', async () => {
  const { clock, send, engine } = await startDemo({ profile: '5' });
  const script = (trap: string) => [
    '/busybox',
    'sh',
    '-c',
    `trap "${trap}" TERM; echo started; /busybox sleep 100000 & wait`,
  ];
  const spec = { image: 'localhost/bb:1', stop_timeout: 18446744073709551615 };
  const create = (name: string, trap: string) =>
    send('POST', '/containers/create', { name, command: script(trap), ...spec });
  await create('db', '/busybox sleep 2; exit 0');
  await create('deaf', 'echo got TERM');
  for (const name of ['db', 'deaf']) await send('POST', `/containers/${name}/start`);
  const stop = track(send('POST', '/containers/db/stop'));
  await clock.untilPending(1);
  await send('POST', '/containers/deaf/kill?signal=TERM');
  await clock.advance(1_999);
  expect(stop.settled).toBe(false);
  await clock.advance(1);
  expect((await stop.promise).status).toBe(204);
  const states = Object.fromEntries(
    engine.state().containers.map(({ name, state, exitCode }) => [name, [state, exitCode]]),
  );
  expect(states).toEqual({ db: ['exited', 0], deaf: ['running', 0] });
  expect((await send('GET', '/containers/deaf/logs?stdout=true')).text).toContain('got TERM');
});
