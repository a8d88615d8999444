import * as vscode from 'vscode';
import type { Action } from '../graph/action';
import type { PlanOptions, Scope } from '../graph/plan';
import type { Report } from '../graph/report';
import type { PodgraphService } from '../service/service';
import { placesFrom } from '../view/graphPanel/menu';
import type { ShownLog } from '../view/keptLog';
import type { LazyGraphPanels } from '../view/graphPanel/lazyPanels';
import type { GraphView } from '../view/graphView';
import { showInformation } from '../view/display';
import { commandIds } from '../view/names';
import type { Narrowing } from '../view/narrowing';
import { openSettings } from '../view/settings';
import { actionWords } from '../view/words/action';
import { plainMessage } from '../view/words/plainText';
import type { Occurrence } from '../view/tree/occurrence';
import { ConnectionCommands } from './connectionCommands';
import type { Connections } from './connections';
import type { DemoEngineCommands } from './demoEngine';
import type { Looking } from './looking';
import { NarrowingCommands } from './narrowing';
import type { Actions } from './actions';
import { everythingIn, placesMeant, scopeOf } from './scope';

export interface CommandParts {
  readonly service: PodgraphService;
  readonly view: GraphView;
  readonly narrowing: Narrowing;
  readonly graphs: LazyGraphPanels;
  readonly connections: Connections;
  readonly actions: Actions;
  readonly log: ShownLog;
  readonly reportProblem: () => Promise<void>;
  readonly demo: DemoEngineCommands;
  readonly looking: Looking;
}

/** Binds every command to what it does. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const { service, view, narrowing, connections, actions, log } = parts;
  const narrowingCommands = new NarrowingCommands({ narrowing, snapshot: () => view.shown });

  const choosing = new ConnectionCommands(connections, service);
  const everything = async () => {
    connections.ensure();
    // From the palette the view may never have been looked at. Who is away is known to be.
    if ([...service.snapshot.engines.values()].some(({ state, listed }) => state === 'connecting' && !listed)) {
      await service.refresh();
    }
    return everythingIn(view.shown, narrowing.filter);
  };
  /** Where the view hides something, nothing of that goes along unasked. */
  const onAll = async (then: (scope: Scope, dependents: PlanOptions['dependents']) => unknown) => {
    const scope = await everything();
    return then(scope, scope.narrowed ? 'refuse' : 'include');
  };
  type OnScope = (scope: Scope) => Promise<Report | undefined>;
  const withChosen =
    (then: OnScope, action: Action = 'remove') =>
    async (clicked?: Occurrence, selected?: Occurrence[]) => {
      const places = placesMeant(clicked, selected, view);
      if (places.length === 0) {
        await showInformation(plainMessage(actionWords(action).selectFirst));
        return undefined;
      }
      return then(scopeOf(places, view));
    };
  /** Pods stand for their members: it is these that are stopped. */
  const kill = (clicked?: Occurrence, selected?: Occurrence[]) => {
    const keys = view.nodesAt(placesMeant(clicked, selected, view));
    const { graph } = service.snapshot;
    return actions.killNow(keys.flatMap((key) => [key, ...graph.membersOf(key).map((member) => member.key)]));
  };
  /** Scripts and tests may say what they want; a person is asked. */
  const prune = async (given?: unknown) => {
    connections.ensure();
    const { askWhatToPrune, isPruneWish } = await import('./prune');
    const wish = isPruneWish(given) ? given : await askWhatToPrune(Date.now());
    return wish && actions.prune(wish);
  };
  const refresh = async () => {
    connections.search();
    await service.refresh();
  };

  const commands: Record<keyof typeof commandIds, (clicked?: Occurrence, selected?: Occurrence[]) => unknown> = {
    removeAll: async () => onAll((scope, dependents) => actions.removeAll(scope, dependents)),
    remove: withChosen((scope) => actions.removeAll(scope, 'refuse')),
    removeWithDependents: withChosen((scope) => actions.removeAll(scope, 'include')),
    start: withChosen((scope) => actions.change('start', scope, 'refuse'), 'start'),
    startWithDependencies: withChosen((scope) => actions.change('start', scope, 'include'), 'start'),
    startAll: async () => onAll((scope, dependents) => actions.change('start', scope, dependents)),
    stop: withChosen((scope) => actions.change('stop', scope, 'refuse'), 'stop'),
    stopWithDependents: withChosen((scope) => actions.change('stop', scope, 'include'), 'stop'),
    stopAll: async () => onAll((scope, dependents) => actions.change('stop', scope, dependents)),
    restart: withChosen((scope) => actions.change('restart', scope, 'refuse'), 'restart'),
    pause: withChosen((scope) => actions.change('pause', scope, 'refuse'), 'pause'),
    unpause: withChosen((scope) => actions.change('unpause', scope, 'refuse'), 'unpause'),
    kill: withChosen((scope) => actions.change('kill', scope, 'refuse'), 'kill'),
    prune,
    previewAll: async () => onAll((scope, dependents) => actions.preview(scope, dependents)),
    preview: withChosen((scope) => actions.preview(scope, 'refuse')),
    retryFailed: () => actions.retryFailed(),
    cancelRemoval: () => actions.cancel(),
    killNow: () => actions.killNow(),
    killThese: kill,
    showReport: () => actions.showReport(),
    copyReport: () => actions.copyReport(),
    filter: () => narrowingCommands.filter(),
    clearFilter: () => narrowingCommands.clear(),
    groupBy: () => narrowingCommands.group(),
    refresh,
    chooseConnections: () => choosing.choose(),
    hideConnection: (clicked) => choosing.hide(clicked),
    renameConnection: (clicked) => choosing.rename(clicked),
    moveConnectionUp: (clicked) => choosing.move(clicked, -1),
    moveConnectionDown: (clicked) => choosing.move(clicked, 1),
    showLog: () => log.show(),
    reportProblem: parts.reportProblem,
    openSettings,
    openGraph: (clicked, selected) => {
      connections.ensure();
      return parts.graphs.open(clicked ? view.nodesAt(placesMeant(clicked, selected, view)) : []);
    },
    exportSvg: () => parts.graphs.saveSvg(),
    exportMermaid: () => parts.graphs.showMermaid(),
    openDemoEngine: () => parts.demo.open(),
    closeDemoEngine: () => parts.demo.close(),
    ...parts.looking.commands,
  };
  const names = Object.keys(commandIds) as (keyof typeof commandIds)[];
  return vscode.Disposable.from(
    ...names.map((name) =>
      vscode.commands.registerCommand(commandIds[name], (clicked?: Occurrence, selected?: Occurrence[]) => {
        // What the panel's menus hand over stands for places as the tree's does.
        const places = placesFrom(clicked);
        return places ? commands[name](places[0], places) : commands[name](clicked, selected);
      }),
    ),
  );
}
