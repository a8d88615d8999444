import type { PlanOptions } from '../graph/plan/plan';
import type { PodgraphService } from '../service/service';
import type { GraphView } from '../view/graphView';
import type { ViewFilter } from '../view/viewFilter';
import { ConnectionCommands } from './connectionCommands';
import type { Connections } from './connections';
import { FilterCommands } from './filterCommands';
import { ProtectCommands } from './protect';

export { pickBackupFolder } from './backupFolder';
export { chooseRemoval } from './bringBack';
export { copyMountLine, startPodman } from './gettingStarted';
export { findPrunable } from './prune';
export { selectProject } from './project';
export { hasNewerImages, sizesForConfirmation } from './confirmationDetails';
export { repair } from './repair';
export { measureShownSizes } from './resourceSizes';
export { notifyFailing } from './notifyFailing';

export interface DialogDeps {
  readonly service: PodgraphService;
  readonly view: GraphView;
  readonly viewFilter: ViewFilter;
  readonly connections: Connections;
  readonly protects: PlanOptions['protects'];
}

/** The commands that only open dialogs and write settings, in one bundle that is loaded on first use. */
export function createDialogs({ service, view, viewFilter, connections, protects }: DialogDeps) {
  return {
    connections: new ConnectionCommands(connections, service, () => view.shown.engines),
    filter: new FilterCommands({ viewFilter, snapshot: () => view.shown }),
    protection: new ProtectCommands(service, protects),
  };
}
