import { l10n } from 'vscode';
import type { NodeKey } from '../graph/model/model';
import { isResource, type ResourceNode } from '../graph/model/resources';
import { type PruneOptions, pruneScope } from '../graph/plan/prune';
import type { Log, PodgraphService } from '../service/service';
import { showWarning } from '../view/display';
import { engineName } from '../view/text/engines';
import { plainMessage, plainText } from '../view/text/format';
import { failureText } from '../view/text/outcome';
import { withoutDemo } from './scope';

interface PruneDeps {
  readonly service: PodgraphService;
  readonly log: Pick<Log, 'warn'>;
}

/** What a prune may remove, and the part of it that the user must include first. */
interface Prunable {
  readonly chosen: readonly NodeKey[];
  readonly excluded: readonly NodeKey[];
}

const everything: PruneOptions = {
  containers: true,
  pods: true,
  volumes: true,
  images: true,
  networks: true,
  labels: [],
};

/**
 * All stopped and unused nodes. Volumes, images and networks are excluded at first: they cannot be brought back.
 *
 * @param given options from a script or test, which exclude nothing
 */
export async function findPrunable(given: unknown, deps: PruneDeps): Promise<Prunable> {
  const { service } = deps;
  const known = isPruneOptions(given) ? given : undefined;
  await service.refresh();
  const { volumes, images, networks } = known ?? everything;
  const resources = volumes || images || networks ? await listResources(deps) : [];
  const { chosen } = pruneScope(service.snapshot.graph, known ?? everything, resources);
  const own = withoutDemo(chosen, service.snapshot);
  return { chosen: own, excluded: known ? [] : own.filter(isResource) };
}

/** Warns about each engine whose lists failed, so that an empty one isn't mistaken for none. */
async function listResources({ service, log }: PruneDeps): Promise<readonly ResourceNode[]> {
  const { found, failed } = await service.listResources();
  for (const [id, error] of failed) {
    log.warn(`volumes, networks and images of ${id}: ${error.message}`);
    const [name, reason] = [plainText(engineName(id, service.snapshot)), failureText(error.reason, error.detail)];
    void showWarning(plainMessage(l10n.t("Can't list the volumes, networks, and images of {0}: {1}.", name, reason)));
  }
  return found;
}

/** Whether a command argument is prune options and not a tree element. */
function isPruneOptions(given: unknown): given is PruneOptions {
  return typeof given === 'object' && given !== null && 'labels' in given && 'containers' in given && 'pods' in given;
}
