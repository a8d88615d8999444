import { expect, test } from 'vitest';
import { openEvents, startDemo } from './running';

const day = 24 * 3600;

test.each([
  ['5', 30 * day, 30 * day],
  ['4.3', 30 * day, 30 * day],
  ['5', 4294967295, 4294967295],
  // Nanoseconds overflow: the engine kills at once.
  ['5', 9999999999, 0],
  ['4.3', 9999999999, 0],
  ['4.3', 18446744073709551615, 0],
] as const)('Podman %s kills what ignores its signal, stop timeout %d s, after %d s', async (profile, own, waits) => {
  const { engine, clock, ask } = await startDemo({ profile });
  engine.addContainer({ name: 'hard', stubborn: true, stopTimeout: own });
  const stop = openEvents(ask('POST', '/containers/hard/stop'));
  if (waits > 0) {
    await clock.untilPending(1);
    await clock.advance(waits * 1000 - 1);
    expect(stop.settled).toBe(false);
    await clock.advance(1);
  }
  expect((await stop.promise).status).toBe(204);
  expect(engine.state().containers[0]).toMatchObject({ state: 'exited', exitCode: 137 });
});

test('what shuts down in two seconds exits by itself, and what only notes its signal goes on', async () => {
  const { clock, ask, engine } = await startDemo({ profile: '5' });
  const script = (trap: string) => [
    '/busybox',
    'sh',
    '-c',
    `trap "${trap}" TERM; echo started; /busybox sleep 100000 & wait`,
  ];
  const spec = { image: 'localhost/bb:1', stop_timeout: 18446744073709551615 };
  const create = (name: string, trap: string) =>
    ask('POST', '/containers/create', { name, command: script(trap), ...spec });
  await create('db', '/busybox sleep 2; exit 0');
  await create('deaf', 'echo got TERM');
  for (const name of ['db', 'deaf']) await ask('POST', `/containers/${name}/start`);
  const stop = openEvents(ask('POST', '/containers/db/stop'));
  await clock.untilPending(1);
  await ask('POST', '/containers/deaf/kill?signal=TERM');
  await clock.advance(1_999);
  expect(stop.settled).toBe(false);
  await clock.advance(1);
  expect((await stop.promise).status).toBe(204);
  const states = Object.fromEntries(
    engine.state().containers.map(({ name, state, exitCode }) => [name, [state, exitCode]]),
  );
  expect(states).toEqual({ db: ['exited', 0], deaf: ['running', 0] });
  expect((await ask('GET', '/containers/deaf/logs?stdout=true')).text).toContain('got TERM');
});
