import { defaultNetwork, networkInUse, networkMissing } from '../errors';
import type { Network, ObjectStore } from '../model';
import { timestamp } from '../serializers/containerList';
import { noContent, ok, route, type Route, type RouteContext, type RouteResponse } from './route';

const base = '/libpod/networks';

export const networkRoutes: Route[] = [
  route('GET', `${base}/json`, ({ core }) => ok([toJson(podman, 0), ...[...core.store.networks.values()].map(toJson)])),
  route('POST', `${base}/create`, create),
  route('GET', `${base}/{name}/json`, (context) => ok(toJson(found(context), 0))),
  route('GET', `${base}/{name}/exists`, (context) => found(context) && noContent),
  route('DELETE', `${base}/{name}`, remove),
];

const podman: Network = { name: 'podman', created: 0, labels: {} };

function toJson({ name, created, labels }: Network, at: number): Record<string, unknown> {
  const subnets = [{ subnet: `10.${88 + at}.0.0/16`, gateway: `10.${88 + at}.0.1` }];
  return { name, driver: 'bridge', created: timestamp(created), subnets, internal: false, dns_enabled: true, labels };
}

function found({ core, params }: RouteContext): Network {
  const name = params['name'] ?? '';
  const network = name === 'podman' ? podman : core.store.networks.get(name);
  if (!network) throw networkMissing(name);
  return network;
}

function create({ core, body }: RouteContext): RouteResponse {
  const { name = '', labels = {} } = (body ?? {}) as { name?: string; labels?: Record<string, string> };
  core.creation.network(name, { labels });
  const network = core.store.networks.get(name);
  return ok(network && toJson(network, core.store.networks.size));
}

function isUsed(name: string, store: ObjectStore): boolean {
  const all = [...store.containers.values()];
  return all.some(({ network, networks, shares }) => network === 'bridge' && !shares.net && networks.includes(name));
}

function remove(context: RouteContext): RouteResponse {
  const { store, events } = context.core;
  const { name } = found(context);
  if (name === 'podman') throw defaultNetwork();
  if (isUsed(name, store)) throw networkInUse(name);
  store.networks.delete(name);
  events.network(name, 'remove');
  return ok([{ Name: name, Err: null }]);
}
