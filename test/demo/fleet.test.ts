import { describe, expect, it, onTestFinished } from 'vitest';
import { demoFleet, generateFleet, sampleFleet } from '../../src/demo/fleet';
import type { NodeKey } from '../../src/graph/model/model';
import { createTestService } from '../serviceAt';
import { startDemo } from './demoFixture';

interface Inspection {
  Name: string;
  Dependencies: string[];
}

describe('fleets', () => {
  it('the sample has four pods, a chain by shared network, a diamond, running and stopped containers', async () => {
    const { engine, send } = await startDemo();
    engine.addFleet(sampleFleet());
    const { pods, containers } = engine.state();
    expect(pods.map((pod) => [pod.name, pod.status])).toEqual([
      ['shop', 'Degraded'],
      ['blog', 'Running'],
      ['metrics', 'Running'],
      ['archive', 'Exited'],
    ]);
    const nameOf = new Map(containers.map((container) => [container.id, container.name]));
    const dependenciesOf = async (name: string): Promise<string[]> => {
      const { json } = await send('GET', `/containers/${name}/json`);
      return (json as Inspection).Dependencies.map((id) => nameOf.get(id) ?? id);
    };
    expect([await dependenciesOf('tracer'), await dependenciesOf('proxy')]).toEqual([['proxy'], ['gateway']]);
    expect([await dependenciesOf('top'), await dependenciesOf('left'), await dependenciesOf('right')]).toEqual([
      ['left', 'right'],
      ['base'],
      ['base'],
    ]);
    expect(new Set(containers.map((container) => container.state))).toEqual(new Set(['running', 'exited', 'created']));
  });

  it('a start of the demo waits for health checks and a migration', async () => {
    const { engine, socket } = await startDemo();
    engine.addFleet(demoFleet());
    const service = createTestService([{ id: 'demo', label: 'demo', address: { kind: 'unix', path: socket } }]);
    onTestFinished(() => service.dispose());
    await service.refresh();
    const chosen = [...service.snapshot.graph.nodes.keys()];
    const plan = await service.plan(
      { chosen, isAll: true },
      { action: 'start', dependents: 'include', running: 'stop' },
    );
    const nameOf = (key: NodeKey) => service.snapshot.graph.get(key)?.name ?? key;
    const waits = plan.units.flatMap(({ conditions = [] }) =>
      conditions.map(({ dependent, dependency, condition }) => [nameOf(dependent), nameOf(dependency), condition]),
    );
    expect(waits.filter(([, , condition]) => condition !== 'started')).toEqual([
      ['orders-migrate-1', 'orders-db-1', 'healthy'],
      ['orders-api-1', 'orders-db-1', 'healthy'],
      ['orders-api-1', 'orders-migrate-1', 'completed'],
    ]);
  });

  it('ten thousand containers are listed, and found by name, id and id prefix', async () => {
    const { engine, send } = await startDemo();
    engine.addFleet(generateFleet(10_000));
    const { json } = await send('GET', '/containers/json?all=true');
    const listed = json as { Id: string; Names: string[]; IsInfra: boolean }[];
    expect(listed.filter((entry) => !entry.IsInfra)).toHaveLength(10_000);
    const one = listed.find((entry) => entry.Names[0] === 'diamond-300-top');
    for (const ref of ['diamond-300-top', one?.Id, one?.Id.slice(0, 16)]) {
      expect(((await send('GET', `/containers/${ref}/json`)).json as Inspection).Name).toBe('diamond-300-top');
    }
  });

  it('logs requests in order', async () => {
    const { engine, send } = await startDemo();
    await send('GET', '/pods/json');
    await send('DELETE', '/containers/nosuch');
    expect(engine.state().requests.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['GET', '/v4.0.0/libpod/pods/json', 200],
      ['DELETE', '/v4.0.0/libpod/containers/nosuch', 404],
    ]);
  });
});
