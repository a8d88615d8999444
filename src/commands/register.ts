import * as vscode from 'vscode';
import type { NodeKey } from '../graph/model/model';
import type { Action } from '../graph/plan/lifecycleAction';
import type { PlanOptions, Scope } from '../graph/plan/plan';
import type { Report } from '../graph/plan/report';
import type { LogOutput } from '../view/bufferedLog';
import { showInformation } from '../view/display';
import { fromCommandArguments } from '../view/graphPanel/contextMenu';
import type { GraphPanels } from '../view/graphPanel/panels';
import { commandIds } from '../view/ids';
import type { Lazy } from '../view/lazy';
import { openSettings } from '../view/settings';
import { actionText } from '../view/text/action';
import { plainMessage } from '../view/text/format';
import type { TreeElement } from '../view/tree/treeElement';
import type { ActionCommands } from './actions';
import type { DemoEngineCommands } from './demoEngine';
import type { DialogDeps } from './dialogs';
import type { InspectCommand, InspectCommands } from './inspect/inspectCommands';
import type { RecoveryCommands } from './recovery';
import { resolveSelection, scopeOfView, toScope } from './scope';

interface CommandDeps extends DialogDeps {
  readonly graphs: Lazy<GraphPanels>;
  readonly actions: ActionCommands;
  readonly recovery: Pick<RecoveryCommands, 'resume' | 'discard'>;
  readonly log: LogOutput;
  readonly reportProblem: () => Promise<void>;
  readonly demo: DemoEngineCommands;
  readonly inspectCommands: Lazy<InspectCommands>;
}

export function registerCommands(deps: CommandDeps): vscode.Disposable {
  const { service, view, viewFilter, connections, actions, log } = deps;
  const dialogs = async () => (await import('./dialogs')).createDialogs(deps);
  const viewScope = async () => {
    await connections.discoverOnce();
    // A command from the palette may run before the view was ever visible.
    if ([...service.snapshot.engines.values()].some(({ state, listed }) => state === 'connecting' && !listed)) {
      await service.refresh();
    }
    return scopeOfView(view.shown, viewFilter.filter);
  };
  /** With an active filter, hidden dependents are included only after asking. */
  const onAll = async (act: (scope: Scope, dependents: PlanOptions['dependents']) => unknown) => {
    const scope = await viewScope();
    return act(scope, scope.viewFilter ? 'block' : 'include');
  };
  type OnScope = (scope: Scope) => Promise<Report | undefined>;
  const onSelection =
    (act: OnScope, action: Action = 'remove') =>
    async (clicked?: TreeElement, selected?: TreeElement[]) => {
      const elements = resolveSelection(clicked, selected, view);
      if (elements.length === 0) {
        await showInformation(plainMessage(actionText(action).selectFirst));
        return undefined;
      }
      return act(toScope(elements, view));
    };
  /** For a pod, kills its members. */
  const kill = (clicked?: TreeElement, selected?: TreeElement[]) => {
    const keys = view.nodesAt(resolveSelection(clicked, selected, view));
    const { graph } = service.snapshot;
    return actions.killNow(keys.flatMap((key) => graph.withMembers(key)));
  };
  /** Scripts and tests may pass options. */
  const prune = async (given?: unknown) => {
    await connections.discoverOnce();
    const { chosen, excluded } = await (await import('./dialogs')).findPrunable(given, deps);
    return actions.prune(chosen, excluded);
  };
  /** Scripts and tests may pass a project's name. */
  const removeProject = async (clicked?: unknown, selected?: TreeElement[]) => {
    await connections.discoverOnce();
    const elements = () => resolveSelection(clicked as TreeElement | undefined, selected, view);
    const given = typeof clicked === 'string' ? clicked : view.nodesAt(elements());
    const project = await (await import('./dialogs')).selectProject(given, deps);
    return project && actions.removeProject(project.scope, project.offered);
  };
  const repair = async (keys: Iterable<NodeKey>) => (await import('./dialogs')).repair([...keys], deps);
  const openGraph = async (clicked?: TreeElement, selected?: TreeElement[]) => {
    await connections.discoverOnce();
    (await deps.graphs.get()).open(clicked ? view.nodesAt(resolveSelection(clicked, selected, view)) : []);
  };
  const refresh = async () => {
    await connections.rediscover();
    await service.refresh();
  };

  const inspect = (name: InspectCommand) => async (clicked?: TreeElement, selected?: TreeElement[]) =>
    (await deps.inspectCommands.get()).run(name, clicked, selected);

  const commands: Record<keyof typeof commandIds, (clicked?: TreeElement, selected?: TreeElement[]) => unknown> = {
    removeAll: async () => onAll((scope, dependents) => actions.remove(scope, dependents)),
    remove: onSelection((scope) => actions.remove(scope, 'block')),
    removeContainers: onSelection((scope) => actions.remove(scope, 'block')),
    removeWithDependents: onSelection((scope) => actions.remove(scope, 'include')),
    start: onSelection((scope) => actions.runLifecycleAction('start', scope, 'block'), 'start'),
    startContainers: onSelection((scope) => actions.runLifecycleAction('start', scope, 'block'), 'start'),
    startWithDependencies: onSelection((scope) => actions.runLifecycleAction('start', scope, 'include'), 'start'),
    startAll: async () => onAll((scope, dependents) => actions.runLifecycleAction('start', scope, dependents)),
    stop: onSelection((scope) => actions.runLifecycleAction('stop', scope, 'block'), 'stop'),
    stopContainers: onSelection((scope) => actions.runLifecycleAction('stop', scope, 'block'), 'stop'),
    stopWithDependents: onSelection((scope) => actions.runLifecycleAction('stop', scope, 'include'), 'stop'),
    stopAll: async () => onAll((scope, dependents) => actions.runLifecycleAction('stop', scope, dependents)),
    restart: onSelection((scope) => actions.runLifecycleAction('restart', scope, 'block'), 'restart'),
    repair: onSelection(({ chosen }) => repair(chosen), 'restart'),
    repairAll: async () => repair((await viewScope()).chosen),
    pause: onSelection((scope) => actions.runLifecycleAction('pause', scope, 'block'), 'pause'),
    unpause: onSelection((scope) => actions.runLifecycleAction('unpause', scope, 'block'), 'unpause'),
    kill: onSelection((scope) => actions.runLifecycleAction('kill', scope, 'block'), 'kill'),
    removeProject,
    prune,
    recreate: onSelection((scope) => actions.recreate(scope)),
    bringBack: async (given?: unknown) => {
      await connections.discoverOnce();
      const { chooseRemoval } = await import('./dialogs');
      const removal = await chooseRemoval(service, typeof given === 'string' ? given : undefined);
      return removal && actions.bringBack(removal);
    },
    previewRemovalOfAll: async () => onAll((scope, dependents) => actions.preview(scope, dependents)),
    previewRemoval: onSelection((scope) => actions.preview(scope, 'block')),
    retryFailed: () => actions.retryFailed(),
    resumeRemoval: () => deps.recovery.resume(),
    discardRemoval: () => deps.recovery.discard(),
    cancel: () => actions.cancel(),
    killNow: () => actions.killNow(),
    startAnyway: () => actions.startAnyway(),
    killSelectedNow: kill,
    showReport: () => actions.showReport(),
    copyReport: () => actions.copyReport(),
    filter: async () => (await dialogs()).filter.filter(),
    clearFilter: () => viewFilter.setFilter(''),
    showResources: () => viewFilter.setShowsResources(true),
    hideResources: () => viewFilter.setShowsResources(false),
    getSizes: async () => (await import('./dialogs')).measureShownSizes(service, viewFilter),
    groupBy: async () => (await dialogs()).filter.pickGrouping(),
    refresh,
    addConnection: async () => (await dialogs()).connections.add(),
    startPodman: async () => (await import('./dialogs')).startPodman(),
    copyMountLine: async () => (await import('./dialogs')).copyMountLine(),
    selectConnections: async () => (await dialogs()).connections.select(),
    hideConnection: async (clicked) => (await dialogs()).connections.hide(clicked),
    renameConnection: async (clicked) => (await dialogs()).connections.rename(clicked),
    moveConnectionUp: async (clicked) => (await dialogs()).connections.move(clicked, -1),
    moveConnectionDown: async (clicked) => (await dialogs()).connections.move(clicked, 1),
    showLog: () => log.show(),
    reportProblem: deps.reportProblem,
    openSettings: (given?: unknown) => openSettings(given === 'connections' ? given : undefined),
    openGraph,
    showInGraph: openGraph,
    protect: async (clicked, selected) =>
      (await dialogs()).protection.protect(view.nodesAt(resolveSelection(clicked, selected, view))),
    unprotect: async (clicked, selected) =>
      (await dialogs()).protection.unprotect(view.nodesAt(resolveSelection(clicked, selected, view))),
    exportSvg: async () => (await deps.graphs.get()).saveSvg(),
    exportMermaid: async () => (await deps.graphs.get()).showMermaid(),
    openDemo: () => deps.demo.open(),
    refillDemo: () => deps.demo.refill(),
    closeDemo: () => deps.demo.close(),
    explainDependencies: inspect('explainDependencies'),
    inspect: inspect('inspect'),
    followLogs: inspect('followLogs'),
    followLogsFrom: inspect('followLogsFrom'),
    stopFollowingLogs: inspect('stopFollowingLogs'),
    openShell: inspect('openShell'),
    openPort: inspect('openPort'),
    openUnitFile: inspect('openUnitFile'),
    copyId: inspect('copyId'),
    copyName: inspect('copyName'),
    copyImage: inspect('copyImage'),
    refreshDocument: inspect('refreshDocument'),
    reveal: inspect('reveal'),
  };
  const names = Object.keys(commandIds) as (keyof typeof commandIds)[];
  return vscode.Disposable.from(
    ...names.map((name) =>
      vscode.commands.registerCommand(commandIds[name], (clicked?: TreeElement, selected?: TreeElement[]) => {
        // Context menus of the graph panel pass node keys in place of tree elements.
        const elements = fromCommandArguments(clicked);
        return elements ? commands[name](elements[0], elements) : commands[name](clicked, selected);
      }),
    ),
  );
}
