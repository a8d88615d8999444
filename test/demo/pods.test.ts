import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { track, startDemo } from './demoFixture';

describe('pods under removal', () => {
  it('pod lists and inspections wait for the lock, those of containers do not', async () => {
    const { engine, clock, send, arrived } = await startDemo();
    engine.addPod({ name: 'shop' });
    engine.addPod({ name: 'other' });
    engine.addContainer({ name: 'hard', pod: 'shop', stubborn: true, stopTimeout: 10 });
    const removal = send('DELETE', '/pods/shop?force=true');
    await clock.untilPending(1);
    const list = track(send('GET', '/pods/json'));
    const inspection = track(send('GET', '/pods/shop/json'));
    await arrived('/pods/json');
    await arrived('/pods/shop/json');
    expect((await send('GET', '/containers/json')).status).toBe(200);
    expect((await send('GET', '/containers/hard/json')).status).toBe(200);
    expect((await send('GET', '/pods/shop/exists')).status).toBe(204);
    expect((await send('GET', '/pods/other/json')).status).toBe(200);
    expect([list.settled, inspection.settled]).toEqual([false, false]);
    await clock.advance(10_000);
    await removal;
    expect(((await list.promise).json as { Name: string }[]).map((pod) => pod.Name)).toEqual(['other']);
    expect(await inspection.promise).toMatchObject({ status: 500, json: { cause: 'no such pod' } });
  });

  it('removes dependents first, the infra container last', async () => {
    const { engine, send, lines } = await startDemo();
    engine.addPod({ name: 'shop' });
    engine.addContainer({ name: 'db', pod: 'shop' });
    engine.addContainer({ name: 'web', pod: 'shop', dependsOn: { requires: ['db'] } });
    const events = await lines('/events?filters={"event":["remove"]}');
    expect((await send('DELETE', '/pods/shop?force=true')).status).toBe(200);
    await events.waitFor((line) => line.includes('"Type":"pod"'));
    const removed = events.lines.map((line) => (JSON.parse(line) as { Actor: { Attributes: { name: string } } }).Actor);
    expect(removed.map((actor) => actor.Attributes.name.replace(/^\w{12}-/, ''))).toEqual([
      'web',
      'db',
      'infra',
      'shop',
    ]);
  });

  it('without force, exited members are removed before the error', async () => {
    const { engine, send, remaining } = await startDemo();
    engine.addPod({ name: 'shop' });
    engine.addContainer({ name: 'up', pod: 'shop' });
    engine.addContainer({ name: 'down', pod: 'shop', state: 'exited' });
    expect(await send('DELETE', '/pods/shop')).toMatchObject({
      status: 500,
      json: { cause: 'removing pod containers' },
    });
    expect(remaining()).toEqual(['up']);
  });

  it('a kube service container cannot be removed before its last pod, and is removed with it', async () => {
    const { engine, send, remaining } = await startDemo();
    engine.addContainer({ name: 'service', isService: true });
    engine.addPod({ name: 'one', service: 'service' });
    engine.addPod({ name: 'two', service: 'service' });
    const refusal = await send('DELETE', '/containers/service?force=true');
    expect(refusal.status).toBe(500);
    expect((refusal.json as { cause: string }).cause).toContain('is the service container of pod(s)');
    await send('DELETE', '/pods/one?force=true');
    expect(remaining()).toEqual(['service']);
    await send('DELETE', '/pods/two?force=true');
    expect(remaining()).toEqual([]);
  });

  it('a removal continues after the client disconnects', async () => {
    const { engine, clock, socket, remaining } = await startDemo();
    engine.addPod({ name: 'shop' });
    engine.addContainer({ name: 'hard', pod: 'shop', stubborn: true, stopTimeout: 10 });
    const request = http.request({ socketPath: socket, method: 'DELETE', path: '/v4.0.0/libpod/pods/shop?force=true' });
    request.on('error', () => undefined).end();
    await clock.untilPending(1);
    request.destroy();
    await clock.advance(10_000);
    expect(remaining()).toEqual([]);
    expect(engine.state().pods).toEqual([]);
  });
});
