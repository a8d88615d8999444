import { describe, expect, it } from 'vitest';
import { openEvents, startDemo } from './running';

describe('scripted faults', () => {
  it('answers as told, from the nth match on, as often as told', async () => {
    const { engine, ask } = await startDemo();
    engine.faults.add({
      method: 'GET',
      path: /containers\/json/,
      nth: 2,
      times: 2,
      action: { kind: 'answer', status: 503 },
    });
    const statuses = [];
    for (let call = 0; call < 4; call++) statuses.push((await ask('GET', '/containers/json')).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect((await ask('GET', '/pods/json')).status).toBe(200);
  });

  it('leaves a member out, wherever it stands', async () => {
    const { engine, ask } = await startDemo();
    engine.addContainer({ name: 'one', labels: { tier: 'front' } });
    engine.faults.add({ path: 'containers/', action: { kind: 'omit', member: 'Labels' } });
    const text = JSON.stringify((await ask('GET', '/containers/one/json')).json);
    expect(text).not.toContain('"Labels"');
    expect(text).toContain('"Name":"one"');
  });

  it('delays on the engine’s clock', async () => {
    const { engine, clock, ask } = await startDemo();
    engine.faults.add({ path: 'pods/json', action: { kind: 'delay', ms: 500 } });
    const list = openEvents(ask('GET', '/pods/json'));
    await clock.untilPending(1);
    await clock.advance(499);
    expect(list.settled).toBe(false);
    await clock.advance(1);
    expect((await list.promise).status).toBe(200);
  });

  it.each([
    { perform: true, left: [] },
    { perform: false, left: ['one'] },
  ])('never answers, and has done it or not (perform: $perform)', async ({ perform, left: expected }) => {
    const { engine, ask, left, arrived } = await startDemo();
    engine.addContainer({ name: 'one', state: 'exited' });
    engine.faults.add({ method: 'DELETE', action: { kind: 'silence', perform } });
    const removal = openEvents(ask('DELETE', '/containers/one'));
    removal.promise.catch(() => undefined);
    await arrived('/containers/one');
    await ask('GET', '/containers/json');
    expect(left()).toEqual(expected);
    expect(removal.settled).toBe(false);
  });

  it('cuts the connection in mid-body, the work done', async () => {
    const { engine, ask, left } = await startDemo();
    engine.addContainer({ name: 'one', state: 'exited' });
    engine.faults.add({ method: 'DELETE', action: { kind: 'cut' } });
    await expect(ask('DELETE', '/containers/one')).rejects.toThrow('aborted');
    expect(left()).toEqual([]);
  });

  it('sends half of the JSON, or HTML, as a whole answer', async () => {
    const { engine, ask } = await startDemo();
    engine.addContainer({ name: 'one' });
    engine.faults.add(
      { path: 'containers/json', action: { kind: 'halfJson' } },
      { path: 'pods', action: { kind: 'html' } },
    );
    const half = await ask('GET', '/containers/json');
    expect(half.status).toBe(200);
    expect(half.json).toBeUndefined();
    expect(half.text).toMatch(/^\[\{/);
    expect(await ask('GET', '/pods/json')).toMatchObject({ status: 200, contentType: 'text/html' });
  });

  it.each(['4.3', '5', '6'] as const)('claims success and does nothing, in the words of %s', async (profile) => {
    const { engine, ask, left } = await startDemo({ profile });
    engine.addPod({ name: 'shop' });
    const member = engine.addContainer({ name: 'a', pod: 'shop' });
    engine.faults.add({ method: 'DELETE', times: 2, action: { kind: 'falseSuccess' } });
    const falsePod = await ask('DELETE', '/pods/shop?force=true');
    const falseContainer = await ask('DELETE', `/containers/${member}?force=true`);
    expect(left()).toEqual(['a']);
    const trueContainer = await ask('DELETE', `/containers/${member}?force=true`);
    expect(falseContainer).toEqual(trueContainer);
    const truePod = await ask('DELETE', '/pods/shop?force=true');
    expect(Object.keys(falsePod.json as object)).toEqual(Object.keys(truePod.json as object));
    expect(engine.state().pods).toEqual([]);
  });

  it('dies and comes back with what it held', async () => {
    const { engine, clock, ask, lines } = await startDemo();
    engine.addContainer({ name: 'one' });
    const events = await lines('/events');
    engine.faults.add({ path: 'info', times: 1, action: { kind: 'stopServer', forMs: 2000 } });
    await expect(ask('GET', '/info')).rejects.toThrow('socket hang up');
    await events.ended;
    await expect(ask('GET', '/containers/json')).rejects.toThrow('ENOENT');
    await clock.untilPending(1);
    await clock.advance(2000);
    await engine.untilListening();
    expect((await ask('GET', '/containers/json')).json).toHaveLength(1);
  });

  it('drops and doubles events', async () => {
    const { engine, ask, lines } = await startDemo();
    engine.faults.add(
      { event: { action: 'died' }, copies: 0 },
      { event: { action: 'remove', name: 'one' }, copies: 2 },
    );
    engine.addContainer({ name: 'one' });
    engine.addContainer({ name: 'two' });
    const events = await lines('/events');
    await ask('DELETE', '/containers/one?force=true');
    await ask('DELETE', '/containers/two?force=true');
    await events.until((line) => line.includes('"name":"two"'));
    const told = events.lines.map(
      (line) => JSON.parse(line) as { Action: string; Actor: { Attributes: { name: string } } },
    );
    expect(told.map((event) => `${event.Action} ${event.Actor.Attributes.name}`)).toEqual([
      'remove one',
      'remove one',
      'remove two',
    ]);
  });
});
