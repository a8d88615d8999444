import { setTimeout as delay } from 'node:timers/promises';
import { engineOf, type NodeKey } from '../graph/model/model';
import { type ImageNode, isNewerImage } from '../graph/model/resources';
import { asObject, asString } from '../graph/model/untrusted';
import { choosableVolumes } from '../graph/plan/anonymousVolumes';
import type { Plan } from '../graph/plan/plan';
import type { PodgraphService } from '../service/service';

/** Milliseconds for which a confirmation waits for details: an engine with much data needs seconds to measure it. */
const measureTimeout = 1_000;

/** The sizes of a plan's anonymous volumes, as far as the engines measure them in time. */
export async function sizesForConfirmation(
  service: PodgraphService,
  plan: Plan,
): Promise<ReadonlyMap<NodeKey, number>> {
  const engines = new Set(choosableVolumes(plan).map(({ key }) => engineOf(key)));
  const measured = await Promise.all(
    [...engines].map(async (id) => {
      const sizes = await service
        .inspector(id)
        ?.measureSizes({ timeoutMs: measureTimeout })
        .catch(() => undefined);
      return [...(sizes ?? [])];
    }),
  );
  return new Map(measured.flat());
}

/** Whether a container of the plan would be created again from a newer image; false if that is not known in time. */
export async function hasNewerImages(service: PodgraphService, plan: Plan): Promise<boolean> {
  return Promise.race([findNewerImage(service, plan).catch(() => false), delay(2 * measureTimeout, false)]);
}

async function findNewerImage(service: PodgraphService, plan: Plan): Promise<boolean> {
  const { found } = await service.listResources();
  const images = found.filter((node): node is ImageNode => node.kind === 'image');
  const containers = [...plan.nodes.values()].flatMap(({ node }) => (node.kind === 'container' ? [node.key] : []));
  const newer = await Promise.all(
    containers.map(async (key) => {
      const inspect = asObject(await service.inspector(engineOf(key))?.inspectRaw(key));
      const name = asString(inspect['ImageName']) || asString(asObject(inspect['Config'])['Image']);
      const own = images.filter((image) => engineOf(image.key) === engineOf(key));
      return isNewerImage(own, name, asString(inspect['Image']));
    }),
  );
  return newer.includes(true);
}
