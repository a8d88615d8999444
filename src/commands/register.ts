import * as vscode from 'vscode';
import type { Scope } from '../graph/plan';
import type { Report } from '../graph/report';
import type { PodgraphService } from '../service/service';
import type { GraphView } from '../view/graphView';
import { commandIds } from '../view/names';
import { openSettings } from '../view/settings';
import type { Occurrence } from '../view/tree/occurrence';
import type { Connections } from './connections';
import type { DemoEngineCommands } from './demoEngine';
import type { Removals } from './removal';
import { everythingIn, placesMeant, scopeOf } from './scope';

export interface CommandParts {
  readonly service: PodgraphService;
  readonly view: GraphView;
  readonly connections: Connections;
  readonly removals: Removals;
  readonly log: vscode.LogOutputChannel;
  readonly demo: DemoEngineCommands;
}

/** Binds every command to what it does. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const { service, view, connections, removals, log } = parts;

  const everything = async () => {
    connections.ensure();
    // From the palette the view may never have been looked at. Who is away is known to be.
    if ([...service.snapshot.engines.values()].some(({ state, listed }) => state === 'connecting' && !listed)) {
      await service.refresh();
    }
    return everythingIn(service.snapshot);
  };
  type OnScope = (scope: Scope) => Promise<Report | undefined>;
  const withChosen = (then: OnScope) => async (clicked?: Occurrence, selected?: Occurrence[]) => {
    const places = placesMeant(clicked, selected, view);
    if (places.length === 0) {
      await vscode.window.showInformationMessage(vscode.l10n.t('Select what to remove in the Podgraph view first.'));
      return undefined;
    }
    return then(scopeOf(places, view));
  };
  /** Pods stand for their members: it is these that are stopped. */
  const kill = (clicked?: Occurrence, selected?: Occurrence[]) => {
    const keys = view.nodesAt(placesMeant(clicked, selected, view));
    const { graph } = service.snapshot;
    return removals.killNow(keys.flatMap((key) => [key, ...graph.membersOf(key).map((member) => member.key)]));
  };
  const refresh = async () => {
    connections.search();
    await service.refresh();
  };

  const commands: Record<keyof typeof commandIds, (clicked?: Occurrence, selected?: Occurrence[]) => unknown> = {
    removeAll: async () => removals.removeAll(await everything(), 'include'),
    remove: withChosen((scope) => removals.removeAll(scope, 'refuse')),
    removeWithDependents: withChosen((scope) => removals.removeAll(scope, 'include')),
    previewAll: async () => removals.preview(await everything(), 'include'),
    preview: withChosen((scope) => removals.preview(scope, 'refuse')),
    retryFailed: () => removals.retryFailed(),
    cancelRemoval: () => removals.cancel(),
    killNow: () => removals.killNow(),
    killThese: kill,
    showReport: () => removals.showReport(),
    copyReport: () => removals.copyReport(),
    refresh,
    showLog: () => log.show(),
    openSettings,
    openDemoEngine: () => parts.demo.open(),
    closeDemoEngine: () => parts.demo.close(),
  };
  const names = Object.keys(commandIds) as (keyof typeof commandIds)[];
  return vscode.Disposable.from(
    ...names.map((name) => vscode.commands.registerCommand(commandIds[name], commands[name])),
  );
}
