import { describe, expect, it } from 'vitest';
import { track, startDemo } from './demoFixture';

describe('scripted faults', () => {
  it('sends the scripted response from the nth match on, as often as specified', async () => {
    const { engine, send } = await startDemo();
    engine.faults.add({
      method: 'GET',
      path: /containers\/json/,
      nth: 2,
      times: 2,
      action: { kind: 'respond', status: 503 },
    });
    const statuses = [];
    for (let count = 0; count < 4; count++) statuses.push((await send('GET', '/containers/json')).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect((await send('GET', '/pods/json')).status).toBe(200);
  });

  it('omits a member at any depth', async () => {
    const { engine, send } = await startDemo();
    engine.addContainer({ name: 'one', labels: { tier: 'front' } });
    engine.faults.add({ path: 'containers/', action: { kind: 'omit', member: 'Labels' } });
    const text = JSON.stringify((await send('GET', '/containers/one/json')).json);
    expect(text).not.toContain('"Labels"');
    expect(text).toContain('"Name":"one"');
  });

  it('delays on the engine’s clock', async () => {
    const { engine, clock, send } = await startDemo();
    engine.faults.add({ path: 'pods/json', action: { kind: 'delay', ms: 500 } });
    const list = track(send('GET', '/pods/json'));
    await clock.untilPending(1);
    await clock.advance(499);
    expect(list.settled).toBe(false);
    await clock.advance(1);
    expect((await list.promise).status).toBe(200);
  });

  it.each([
    { perform: true, expected: [] },
    { perform: false, expected: ['one'] },
  ])('never responds, with or without executing the request (perform: $perform)', async ({ perform, expected }) => {
    const { engine, send, remaining, arrived } = await startDemo();
    engine.addContainer({ name: 'one', state: 'exited' });
    engine.faults.add({ method: 'DELETE', action: { kind: 'silence', perform } });
    const removal = track(send('DELETE', '/containers/one'));
    removal.promise.catch(() => undefined);
    await arrived('/containers/one');
    await send('GET', '/containers/json');
    expect(remaining()).toEqual(expected);
    expect(removal.settled).toBe(false);
  });

  it('drops the connection mid-body after executing the request', async () => {
    const { engine, send, remaining } = await startDemo();
    engine.addContainer({ name: 'one', state: 'exited' });
    engine.faults.add({ method: 'DELETE', action: { kind: 'cut' } });
    await expect(send('DELETE', '/containers/one')).rejects.toThrow('aborted');
    expect(remaining()).toEqual([]);
  });

  it('sends truncated JSON, or HTML, as a complete response', async () => {
    const { engine, send } = await startDemo();
    engine.addContainer({ name: 'one' });
    engine.faults.add(
      { path: 'containers/json', action: { kind: 'halfJson' } },
      { path: 'pods', action: { kind: 'html' } },
    );
    const half = await send('GET', '/containers/json');
    expect(half.status).toBe(200);
    expect(half.json).toBeUndefined();
    expect(half.text).toMatch(/^\[\{/);
    expect(await send('GET', '/pods/json')).toMatchObject({ status: 200, contentType: 'text/html' });
  });

  it.each(['4.3', '5', '6'] as const)(
    'reports success without executing the request, in the format of %s',
    async (profile) => {
      const { engine, send, remaining } = await startDemo({ profile });
      engine.addPod({ name: 'shop' });
      const member = engine.addContainer({ name: 'a', pod: 'shop' });
      engine.faults.add({ method: 'DELETE', times: 2, action: { kind: 'falseSuccess' } });
      const falsePod = await send('DELETE', '/pods/shop?force=true');
      const falseContainer = await send('DELETE', `/containers/${member}?force=true`);
      expect(remaining()).toEqual(['a']);
      const trueContainer = await send('DELETE', `/containers/${member}?force=true`);
      expect(falseContainer).toEqual(trueContainer);
      const truePod = await send('DELETE', '/pods/shop?force=true');
      expect(Object.keys(falsePod.json as object)).toEqual(Object.keys(truePod.json as object));
      expect(engine.state().pods).toEqual([]);
    },
  );

  it('stops and restarts with the same contents', async () => {
    const { engine, clock, send, lines } = await startDemo();
    engine.addContainer({ name: 'one' });
    const events = await lines('/events');
    engine.faults.add({ path: 'info', times: 1, action: { kind: 'stopServer', forMs: 2000 } });
    await expect(send('GET', '/info')).rejects.toThrow('socket hang up');
    await events.ended;
    await expect(send('GET', '/containers/json')).rejects.toThrow('ENOENT');
    await clock.untilPending(1);
    await clock.advance(2000);
    await engine.whenListening();
    expect((await send('GET', '/containers/json')).json).toHaveLength(1);
  });

  it('drops and duplicates events', async () => {
    const { engine, send, lines } = await startDemo();
    engine.faults.add(
      { event: { action: 'died' }, copies: 0 },
      { event: { action: 'remove', name: 'one' }, copies: 2 },
    );
    engine.addContainer({ name: 'one' });
    engine.addContainer({ name: 'two' });
    const events = await lines('/events');
    await send('DELETE', '/containers/one?force=true');
    await send('DELETE', '/containers/two?force=true');
    await events.waitFor((line) => line.includes('"name":"two"'));
    const received = events.lines.map(
      (line) => JSON.parse(line) as { Action: string; Actor: { Attributes: { name: string } } },
    );
    expect(received.map((event) => `${event.Action} ${event.Actor.Attributes.name}`)).toEqual([
      'remove one',
      'remove one',
      'remove two',
    ]);
  });
});
