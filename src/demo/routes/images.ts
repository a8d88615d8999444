import { ApiError } from '../errors';
import { imageId, seconds, timestamp } from '../serializers/containerList';
import { noContent, ok, type Route, route, type RouteContext, type RouteResponse } from './route';

/** Images, networks and secrets that the containers refer to: any image exists, and the default network. */
export const imageRoutes: Route[] = [
  route('GET', '/libpod/images/json', images),
  route('GET', '/libpod/networks/json', networks),
  { method: 'GET', path: /^\/libpod\/images\/(?<name>.+)\/json$/, handle: image },
  route('GET', '/libpod/networks/{name}/exists', network),
  route('GET', '/libpod/secrets/{name}/json', () => {
    throw new ApiError(404, 'no such secret');
  }),
];

function image({ params }: RouteContext): RouteResponse {
  const name = params['name'] ?? '';
  return ok({ Id: imageId, RepoTags: name === imageId ? [] : [name], Config: { WorkingDir: '/' } });
}

function images({ core }: RouteContext): RouteResponse {
  const tags = new Set([...core.store.containers.values()].flatMap(({ image: name }) => name || []));
  const Created = seconds(core.timers.wallTime());
  return ok([{ Id: imageId, RepoTags: [...tags], Created, Size: 1_920_927, SharedSize: 0, Labels: null }]);
}

function networks({ core }: RouteContext): RouteResponse {
  const subnets = [{ subnet: '10.88.0.0/16', gateway: '10.88.0.1' }];
  return ok([{ name: 'podman', driver: 'bridge', created: timestamp(core.timers.wallTime()), subnets, labels: {} }]);
}

function network({ params }: RouteContext): RouteResponse {
  if (params['name'] !== 'podman') throw new ApiError(404, 'network not found');
  return noContent;
}
