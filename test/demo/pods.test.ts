import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { openEvents, startDemo } from './running';

describe('pods under removal', () => {
  it('lists and inspections of pods wait for the lock, those of containers do not', async () => {
    const { engine, clock, ask, arrived } = await startDemo();
    engine.addPod({ name: 'shop' });
    engine.addPod({ name: 'other' });
    engine.addContainer({ name: 'hard', pod: 'shop', stubborn: true, stopTimeout: 10 });
    const removal = ask('DELETE', '/pods/shop?force=true');
    await clock.untilPending(1);
    const list = openEvents(ask('GET', '/pods/json'));
    const inspection = openEvents(ask('GET', '/pods/shop/json'));
    await arrived('/pods/json');
    await arrived('/pods/shop/json');
    expect((await ask('GET', '/containers/json')).status).toBe(200);
    expect((await ask('GET', '/containers/hard/json')).status).toBe(200);
    expect((await ask('GET', '/pods/shop/exists')).status).toBe(204);
    expect((await ask('GET', '/pods/other/json')).status).toBe(200);
    expect([list.settled, inspection.settled]).toEqual([false, false]);
    await clock.advance(10_000);
    await removal;
    expect(((await list.promise).json as { Name: string }[]).map((pod) => pod.Name)).toEqual(['other']);
    expect(await inspection.promise).toMatchObject({ status: 500, json: { cause: 'no such pod' } });
  });

  it('a member that depends on another goes before it, the infra container last', async () => {
    const { engine, ask, lines } = await startDemo();
    engine.addPod({ name: 'shop' });
    engine.addContainer({ name: 'db', pod: 'shop' });
    engine.addContainer({ name: 'web', pod: 'shop', dependsOn: { requires: ['db'] } });
    const events = await lines('/events?filters={"event":["remove"]}');
    expect((await ask('DELETE', '/pods/shop?force=true')).status).toBe(200);
    await events.until((line) => line.includes('"Type":"pod"'));
    const told = events.lines.map((line) => (JSON.parse(line) as { Actor: { Attributes: { name: string } } }).Actor);
    expect(told.map((actor) => actor.Attributes.name.replace(/^\w{12}-/, ''))).toEqual(['web', 'db', 'infra', 'shop']);
  });

  it('without force, exited members are gone when the refusal comes', async () => {
    const { engine, ask, left } = await startDemo();
    engine.addPod({ name: 'shop' });
    engine.addContainer({ name: 'up', pod: 'shop' });
    engine.addContainer({ name: 'down', pod: 'shop', state: 'exited' });
    expect(await ask('DELETE', '/pods/shop')).toMatchObject({
      status: 500,
      json: { cause: 'removing pod containers' },
    });
    expect(left()).toEqual(['up']);
  });

  it('a kube service container is refused while a pod is there, and goes with the last', async () => {
    const { engine, ask, left } = await startDemo();
    engine.addContainer({ name: 'service', isService: true });
    engine.addPod({ name: 'one', service: 'service' });
    engine.addPod({ name: 'two', service: 'service' });
    const refusal = await ask('DELETE', '/containers/service?force=true');
    expect(refusal.status).toBe(500);
    expect((refusal.json as { cause: string }).cause).toContain('is the service container of pod(s)');
    await ask('DELETE', '/pods/one?force=true');
    expect(left()).toEqual(['service']);
    await ask('DELETE', '/pods/two?force=true');
    expect(left()).toEqual([]);
  });

  it('a client that goes away does not stop a removal', async () => {
    const { engine, clock, socket, left } = await startDemo();
    engine.addPod({ name: 'shop' });
    engine.addContainer({ name: 'hard', pod: 'shop', stubborn: true, stopTimeout: 10 });
    const request = http.request({ socketPath: socket, method: 'DELETE', path: '/v4.0.0/libpod/pods/shop?force=true' });
    request.on('error', () => undefined).end();
    await clock.untilPending(1);
    request.destroy();
    await clock.advance(10_000);
    expect(left()).toEqual([]);
    expect(engine.state().pods).toEqual([]);
  });
});
