import type http from 'node:http';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/createEngine';
import type { Engine } from '../../src/engine/engine';
import { respond, serve } from './server';

export const podmanVersion = (Version: string) => ({
  Components: [{ Name: 'Podman Engine', Version }],
  Version,
  ApiVersion: '1.44',
});
export const dockerVersion = { Platform: { Name: 'Docker Engine' }, Version: '28.5.2+dfsg1', ApiVersion: '1.51' };

export type Routes = Readonly<Record<string, (response: http.ServerResponse) => void>>;

/**
 * An engine with fixed responses, by default 404 `no such container`. Requests are listed without /version and /_ping.
 */
export async function stubEngine(
  version: object,
  routes: Routes,
): Promise<{ engine: Engine; requests: () => string[] }> {
  const prefix = 'Components' in version ? '/v4.0.0/libpod' : '/v1.51';
  const server = await serve((request, response) => {
    const target = (request.url ?? '').replace(/&$/, '').replace(prefix, '');
    const route = routes[`${request.method} ${target}`];
    if (target === '/version') respond(response, version);
    else if (route) route(response);
    else respond(response, { cause: 'no such container', message: 'No such container: x', response: 404 }, 404);
  });
  const requests = () =>
    server.requests
      .map(({ method, target }) => `${method} ${target.replace(/&$/, '').replace(prefix, '')}`)
      .filter((call) => call !== 'GET /version' && call !== 'GET /_ping');
  return { engine: createEngine({ id: 'e', address: server.address }, systemClock), requests };
}
