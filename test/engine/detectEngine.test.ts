import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/createEngine';
import { parseVersion } from '../../src/engine/detect';
import { dockerVersion, stubEngine, podmanVersion } from './cannedResponses';
import { recordedResponses, recordedEngines } from './recordedResponses';
import { respond, serve } from './server';

const engines = await recordedEngines();

describe('engine detection', () => {
  test.each(engines)('%s is Podman', async (engine) => {
    const responses = await recordedResponses(engine, 'ping and version');
    const info = parseVersion(
      responses.find(({ request }) => request === 'GET /version')!,
      'e',
    );
    expect(info).toMatchObject({ type: 'podman', title: engine.replace('-', ' ') });
    expect(info.capabilities.killPreventsRestart).toBe(!engine.startsWith('podman-4'));
  });

  test.each([
    ['Libpod/4.3.1 (linux)', { type: 'podman', version: '4.3.1', title: 'podman 4.3.1', apiVersion: '1.41' }],
    ['Docker/26.1.5+dfsg1 (linux)', { type: 'docker', version: '26.1.5', title: 'docker 26.1.5', apiVersion: '1.41' }],
  ])('%s is detected from the headers of a ping', async (product, info) => {
    const server = await serve((_, response) => {
      response.writeHead(200, { server: product, 'api-version': '1.41' }).end('OK');
    });
    const engine = createEngine({ id: 'e', address: server.address }, systemClock);
    expect(await engine.connect()).toMatchObject(info);
    expect(server.requests).toEqual([{ method: 'GET', target: '/_ping' }]);
  });

  test('Docker with a suffix of a distribution', async () => {
    const { engine } = await stubEngine(dockerVersion, {});
    expect(await engine.connect()).toMatchObject({
      type: 'docker',
      version: '28.5.2',
      title: 'docker 28.5.2',
      capabilities: { pods: false, enforcesDependencies: false },
    });
  });

  test('Podman before 4.0 is unsupported', async () => {
    const { engine } = await stubEngine(podmanVersion('3.4.4'), {});
    await expect(engine.connect()).rejects.toMatchObject({ reason: 'unsupported' });
  });

  test('an engine that was replaced by another type is detected again', async () => {
    let version: object = podmanVersion('5.4.2');
    const server = await serve((request, response) => respond(response, request.url === '/version' ? version : []));
    const engine = createEngine({ id: 'e', address: server.address }, systemClock);
    await engine.listContainers();
    version = dockerVersion;
    await engine.connect();
    await engine.listContainers();
    const lists = server.requests
      .filter(({ target }) => target.includes('/containers/'))
      .map(({ target }) => target.split('?')[0]);
    expect(lists).toEqual(['/v4.0.0/libpod/containers/json', '/v1.51/containers/json']);
  });
});
