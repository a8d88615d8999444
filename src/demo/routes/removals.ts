import { containerToDelete } from '../removal';
import { prunable } from './containers';
import { flag, ok, optionalNumber, route } from './route';
import type { Answer, Call, Route } from './route';

const always = { force: false, volumes: true, timeout: undefined, ignore: true };

export const removalRoutes: Route[] = [
  route('DELETE', '/libpod/containers/{id}', removeContainer),
  route('POST', '/libpod/containers/prune', pruneContainers),
];

/** Parameters as libpod takes them: `volumes`, not `v`. */
async function removeContainer(call: Call): Promise<Answer> {
  return ok(await removed(call, call.params['id'] ?? '', flag(call.query, 'volumes')));
}

/** Deletes and reports, for libpod's path and for the Docker-compatible one, which names the volumes parameter in its own way. */
export async function removed(call: Call, ref: string, volumes: boolean): Promise<Record<string, string>[]> {
  const { core, query } = call;
  const options = {
    force: flag(query, 'force'),
    ignore: flag(query, 'ignore'),
    timeout: optionalNumber(query, 'timeout'),
    volumes,
  };
  const container = containerToDelete(core.world, core.profile, ref, options.ignore);
  if (!container) return [];
  const ids = await core.containerRemoval.inSlot(async () => {
    if (flag(query, 'depend')) return core.dependRemoval.remove(container, options);
    await core.containerRemoval.removeOne(container, options);
    return [container.id];
  });
  const input = (id: string): string => (id === container.id ? ref : id);
  return ids.map((id) => (core.profile.echoesRawInput ? { Id: id, RawInput: input(id) } : { Id: id }));
}

async function pruneContainers({ core }: Call): Promise<Answer> {
  const reports = await Promise.all(
    prunable(core.world).map(async (container) => {
      await core.containerRemoval.inSlot(() => core.containerRemoval.removeOne(container, always));
      return { Id: container.id, Size: 0 };
    }),
  );
  return ok(reports);
}
