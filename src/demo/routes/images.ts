import { ApiError } from '../errors';
import { imageId } from '../serializers/containerList';
import { noContent, ok, type Route, route, type RouteContext, type RouteResponse } from './route';

/** Images, networks and secrets that the containers refer to: any image exists, and the default network. */
export const imageRoutes: Route[] = [
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

function network({ params }: RouteContext): RouteResponse {
  if (params['name'] !== 'podman') throw new ApiError(404, 'network not found');
  return noContent;
}
