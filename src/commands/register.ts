import * as vscode from 'vscode';
import type { Action } from '../graph/plan/lifecycleAction';
import type { PlanOptions, Scope } from '../graph/plan/plan';
import type { Report } from '../graph/plan/report';
import type { PodgraphService } from '../service/service';
import type { LogOutput } from '../view/bufferedLog';
import { showInformation } from '../view/display';
import { fromCommandArguments } from '../view/graphPanel/contextMenu';
import type { LazyGraphPanels } from '../view/graphPanel/lazyPanels';
import type { GraphView } from '../view/graphView';
import { commandIds } from '../view/ids';
import { openSettings } from '../view/settings';
import { actionText } from '../view/text/action';
import { plainMessage } from '../view/text/format';
import type { TreeElement } from '../view/tree/treeElement';
import type { ViewFilter } from '../view/viewFilter';
import type { ActionCommands } from './actions';
import { ConnectionCommands, type Connections } from './connections';
import type { DemoEngineCommands } from './demoEngine';
import { FilterCommands } from './filterCommands';
import type { LazyInspectCommands } from './lazyInspectCommands';
import { resolveSelection, scopeOfView, toScope } from './scope';

export interface CommandDeps {
  readonly service: PodgraphService;
  readonly view: GraphView;
  readonly viewFilter: ViewFilter;
  readonly graphs: LazyGraphPanels;
  readonly connections: Connections;
  readonly actions: ActionCommands;
  readonly log: LogOutput;
  readonly reportProblem: () => Promise<void>;
  readonly demo: DemoEngineCommands;
  readonly inspectCommands: LazyInspectCommands;
}

/** Binds every command to what it does. */
export function registerCommands(parts: CommandDeps): vscode.Disposable {
  const { service, view, viewFilter, connections, actions, log } = parts;
  const narrowingCommands = new FilterCommands({ viewFilter, snapshot: () => view.shown });

  const choosing = new ConnectionCommands(connections, service);
  const everything = async () => {
    connections.ensure();
    // From the palette the view may never have been looked at. Who is away is known to be.
    if ([...service.snapshot.engines.values()].some(({ state, listed }) => state === 'connecting' && !listed)) {
      await service.refresh();
    }
    return scopeOfView(view.shown, viewFilter.filter);
  };
  /** Where the view hides something, nothing of that goes along unasked. */
  const onAll = async (then: (scope: Scope, dependents: PlanOptions['dependents']) => unknown) => {
    const scope = await everything();
    return then(scope, scope.FilterInfo ? 'block' : 'include');
  };
  type OnScope = (scope: Scope) => Promise<Report | undefined>;
  const withChosen =
    (then: OnScope, action: Action = 'remove') =>
    async (clicked?: TreeElement, selected?: TreeElement[]) => {
      const elements = resolveSelection(clicked, selected, view);
      if (elements.length === 0) {
        await showInformation(plainMessage(actionText(action).selectFirst));
        return undefined;
      }
      return then(toScope(elements, view));
    };
  /** Pods stand for their members: it is these that are stopped. */
  const kill = (clicked?: TreeElement, selected?: TreeElement[]) => {
    const keys = view.nodesAt(resolveSelection(clicked, selected, view));
    const { graph } = service.snapshot;
    return actions.killNow(keys.flatMap((key) => [key, ...graph.membersOf(key).map((member) => member.key)]));
  };
  /** Scripts and tests may say what they want; a person is asked. */
  const prune = async (given?: unknown) => {
    connections.ensure();
    const { promptPruneOptions, isPruneOptions } = await import('./prune');
    const options = isPruneOptions(given) ? given : await promptPruneOptions(Date.now());
    return options && actions.prune(options);
  };
  const refresh = async () => {
    connections.search();
    await service.refresh();
  };

  const commands: Record<keyof typeof commandIds, (clicked?: TreeElement, selected?: TreeElement[]) => unknown> = {
    removeAll: async () => onAll((scope, dependents) => actions.removeAll(scope, dependents)),
    remove: withChosen((scope) => actions.removeAll(scope, 'block')),
    removeWithDependents: withChosen((scope) => actions.removeAll(scope, 'include')),
    start: withChosen((scope) => actions.change('start', scope, 'block'), 'start'),
    startWithDependencies: withChosen((scope) => actions.change('start', scope, 'include'), 'start'),
    startAll: async () => onAll((scope, dependents) => actions.change('start', scope, dependents)),
    stop: withChosen((scope) => actions.change('stop', scope, 'block'), 'stop'),
    stopWithDependents: withChosen((scope) => actions.change('stop', scope, 'include'), 'stop'),
    stopAll: async () => onAll((scope, dependents) => actions.change('stop', scope, dependents)),
    restart: withChosen((scope) => actions.change('restart', scope, 'block'), 'restart'),
    pause: withChosen((scope) => actions.change('pause', scope, 'block'), 'pause'),
    unpause: withChosen((scope) => actions.change('unpause', scope, 'block'), 'unpause'),
    kill: withChosen((scope) => actions.change('kill', scope, 'block'), 'kill'),
    prune,
    previewRemovalOfAll: async () => onAll((scope, dependents) => actions.preview(scope, dependents)),
    previewRemoval: withChosen((scope) => actions.preview(scope, 'block')),
    retryFailed: () => actions.retryFailed(),
    cancel: () => actions.cancel(),
    killNow: () => actions.killNow(),
    killSelectedNow: kill,
    showReport: () => actions.showReport(),
    copyReport: () => actions.copyReport(),
    filter: () => narrowingCommands.filter(),
    clearFilter: () => narrowingCommands.clear(),
    groupBy: () => narrowingCommands.pickGrouping(),
    refresh,
    selectConnections: () => choosing.choose(),
    hideConnection: (clicked) => choosing.hide(clicked),
    renameConnection: (clicked) => choosing.rename(clicked),
    moveConnectionUp: (clicked) => choosing.move(clicked, -1),
    moveConnectionDown: (clicked) => choosing.move(clicked, 1),
    showLog: () => log.show(),
    reportProblem: parts.reportProblem,
    openSettings,
    openGraph: (clicked, selected) => {
      connections.ensure();
      return parts.graphs.open(clicked ? view.nodesAt(resolveSelection(clicked, selected, view)) : []);
    },
    exportSvg: () => parts.graphs.saveSvg(),
    exportMermaid: () => parts.graphs.showMermaid(),
    startDemoEngine: () => parts.demo.open(),
    stopDemoEngine: () => parts.demo.close(),
    ...parts.inspectCommands.commands,
  };
  const names = Object.keys(commandIds) as (keyof typeof commandIds)[];
  return vscode.Disposable.from(
    ...names.map((name) =>
      vscode.commands.registerCommand(commandIds[name], (clicked?: TreeElement, selected?: TreeElement[]) => {
        // What the panel's menus hand over stands for places as the tree's does.
        const elements = fromCommandArguments(clicked);
        return elements ? commands[name](elements[0], elements) : commands[name](clicked, selected);
      }),
    ),
  );
}
