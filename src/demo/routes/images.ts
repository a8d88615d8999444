import { ApiError, imageInUse, imageMissing } from '../errors';
import type { Image } from '../model';
import { imageIdFor, seconds } from '../serializers/containerList';
import { noContent, ok, type Route, route, type RouteContext, type RouteResponse } from './route';

/** Images and secrets that the containers refer to: for an inspection, any image exists. */
export const imageRoutes: Route[] = [
  route('GET', '/libpod/images/json', ({ core }) => ok([...core.store.images.values()].map(toJson))),
  route('GET', '/libpod/images/{name}/exists', (context) => found(context) && noContent),
  { method: 'GET', path: /^\/libpod\/images\/(?<name>.+)\/json$/, handle: inspect },
  route('DELETE', '/libpod/images/{name}', remove),
  route('GET', '/libpod/secrets/{name}/json', () => {
    throw new ApiError(404, 'no such secret');
  }),
];

function toJson({ id, tags, created }: Image): Record<string, unknown> {
  return { Id: id, RepoTags: tags, Created: seconds(created), Size: 1_920_927, SharedSize: 0, Labels: null };
}

function inspect({ core, params }: RouteContext): RouteResponse {
  const name = params['name'] ?? '';
  const id = imageIdFor(name);
  const tags = name === id ? (core.store.images.get(id)?.tags ?? []) : [name];
  return ok({ Id: id, RepoTags: tags, Config: { WorkingDir: '/' } });
}

function found({ core, params }: RouteContext): Image {
  const image = core.store.images.get(imageIdFor(params['name'] ?? ''));
  if (!image) throw imageMissing(params['name'] ?? '');
  return image;
}

function remove(context: RouteContext): RouteResponse {
  const { store, events } = context.core;
  const { id, tags } = found(context);
  const user = [...store.containers.values()].find(({ image }) => image !== '' && imageIdFor(image) === id);
  if (user) throw imageInUse(user);
  store.images.delete(id);
  events.image(tags[0] ?? id, 'remove');
  return ok({ Untagged: tags, Deleted: [id], Errors: [], ExitCode: 0 });
}
