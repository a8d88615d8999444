import { l10n } from 'vscode';
import { EngineError } from '../engine/error';
import { parseKey, type NodeKey } from '../graph/model/model';
import { composeProjects, type Project, projectScope } from '../graph/plan/projectScope';
import type { ResourceNode } from '../graph/model/resources';
import type { Log, PodgraphService } from '../service/service';
import { pick, showInformation, showWarning, withViewProgress } from '../view/display';
import { viewIds } from '../view/ids';
import { engineName } from '../view/text/engines';
import { plainMessage, plainText, podsAndContainers } from '../view/text/format';
import { failureText } from '../view/text/outcome';

interface ProjectDeps {
  readonly service: PodgraphService;
  readonly log: Pick<Log, 'warn'>;
}

const noResult = () => undefined;

type ProjectScope = ReturnType<typeof projectScope>;

/**
 * What a removal of a project includes and offers. Resolves with undefined if the user cancels or the engine fails.
 *
 * @param given the name of a compose project, or the selected nodes; without a project among them the user is asked
 */
export async function selectProject(
  given: string | readonly NodeKey[],
  { service, log }: ProjectDeps,
): Promise<ProjectScope | undefined> {
  if (service.snapshot.graph.nodes.size === 0) await service.refresh();
  const project = await chooseProject(given, service);
  if (!project) return undefined;
  let resources: readonly ResourceNode[];
  try {
    const listing = service.listWithSizes(project.engine);
    // An engine that reads many files takes seconds.
    withViewProgress(viewIds.tree, () => listing.then(noResult, noResult));
    resources = await listing;
  } catch (thrown) {
    const error = EngineError.from(thrown);
    log.warn(`volumes, networks and images of ${project.engine}: ${error.message}`);
    const [name, reason] = [engineName(project.engine, service.snapshot), failureText(error.reason, error.detail)];
    return void showWarning(
      plainMessage(l10n.t("Can't list the volumes, networks, and images of {0}: {1}.", plainText(name), reason)),
    );
  }
  return projectScope(service.snapshot.graph, project, resources);
}

async function chooseProject(
  given: string | readonly NodeKey[],
  { snapshot }: PodgraphService,
): Promise<Project | undefined> {
  const all = composeProjects(snapshot.graph);
  const keys = new Set(given);
  const matching = typeof given === 'string' ? all.filter(({ name }) => name === given) : all.filter(isSelected(keys));
  const [only] = matching;
  if (only && matching.length === 1) return only;
  const pods = typeof given === 'string' ? [] : given.filter((key) => parseKey(key).kind === 'pod');
  const [first] = pods;
  if (matching.length === 0 && first) return { engine: parseKey(first).engine, name: undefined, keys: [first] };
  const offered = matching.length > 0 ? matching : all;
  if (offered.length === 0) return void showInformation(plainMessage(l10n.t('There are no compose projects.')));
  const items = offered.map((project) => ({
    label: plainText(project.name ?? ''),
    description: plainText(countOf(project)),
    ...(snapshot.engines.size > 1 && { detail: plainText(engineName(project.engine, snapshot)) }),
    project,
  }));
  return (await pick(items, { title: plainText(l10n.t('Remove a Project')) }))?.project;
}

const isSelected = (keys: ReadonlySet<string>) => (project: Project) => project.keys.some((key) => keys.has(key));

function countOf({ keys }: Project): string {
  const pods = keys.filter((key) => parseKey(key).kind === 'pod').length;
  return podsAndContainers(pods, keys.length - pods);
}
