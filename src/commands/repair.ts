import * as vscode from 'vscode';
import { engineOf, type NodeKey } from '../graph/model/model';
import { type NamespaceProblem, namespaceProblem } from '../graph/model/namespaceState';
import { composeRecreation, selectForRepair } from '../graph/plan/repair';
import type { PodgraphService } from '../service/service';
import { showInformation, showWarning, typeInTerminal } from '../view/display';
import { nameIn } from '../view/nodeState';
import { joinSentences, plainMessage, summarizeNames } from '../view/text/format';
import { namespaceProblemText } from '../view/text/namespaces';
import type { ActionCommands } from './actions';
import type { Connections } from './connections';

interface RepairDeps {
  readonly service: PodgraphService;
  readonly connections: Pick<Connections, 'commandLine'>;
  readonly actions: Pick<ActionCommands, 'runLifecycleAction' | 'recreate'>;
}

/** Maximum number of names in a message. */
const maxNamed = 3;

/**
 * Restarts detached and left-down containers as one plan. An orphaned one needs a new container: offers to recreate it with
 * the container that replaced its base, or shows compose's command.
 */
export async function repair(keys: readonly NodeKey[], { service, connections, actions }: RepairDeps) {
  const { graph, engines } = service.snapshot;
  const { restarted, orphaned } = selectForRepair(graph, keys);
  if (restarted.length + orphaned.length === 0) {
    await showInformation(plainMessage(vscode.l10n.t('Nothing to repair.')));
    return undefined;
  }
  const scope = { chosen: restarted, isAll: false };
  const report = restarted.length > 0 ? await actions.runLifecycleAction('restart', scope, 'block') : undefined;
  if (report) warnIfDetached(restarted, service);
  for (const node of orphaned.slice(0, 1)) {
    const problem = namespaceProblem(graph, node);
    if (!problem) continue;
    const nameOf = (key: NodeKey) => nameIn(graph, key);
    const names = summarizeNames(
      orphaned.map(({ key }) => nameOf(key)),
      maxNamed,
    );
    const message = joinSentences([
      vscode.l10n.t('{0}: {1}', names, namespaceProblemText(problem, graph, nameOf, Date.now())),
      vscode.l10n.t('It must be created again.'),
    ]);
    const type = engines.get(engineOf(node.key))?.info?.type ?? 'docker';
    const command = composeRecreation(node, connections.commandLine(engineOf(node.key), type));
    const recreated = orphaned.filter((one) => isReplaced(namespaceProblem(graph, one))).map(({ key }) => key);
    const [recreate, open] = [vscode.l10n.t('Recreate'), vscode.l10n.t('Show Command')];
    void showWarning(message, ...(recreated.length > 0 ? [recreate] : []), ...(command ? [open] : [])).then(
      (answer) => {
        if (answer === recreate) void actions.recreate({ chosen: recreated, isAll: false });
        if (command && answer === open) typeInTerminal(nameOf(node.key), command);
      },
    );
  }
  return report;
}

function isReplaced(problem: NamespaceProblem | undefined): boolean {
  return problem?.kind === 'orphaned' && problem.replacement !== undefined;
}

function warnIfDetached(keys: readonly NodeKey[], { snapshot: { graph } }: PodgraphService) {
  const detached = keys.filter((key) => {
    const node = graph.get(key);
    return node && namespaceProblem(graph, node)?.kind === 'detached';
  });
  if (detached.length === 0) return;
  const names = summarizeNames(
    detached.map((key) => nameIn(graph, key)),
    maxNamed,
  );
  void showWarning(plainMessage(vscode.l10n.t('Still detached: {0}.', names)));
}
