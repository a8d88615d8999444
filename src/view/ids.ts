import type { ConnectionSetting } from '../engine/discovery/connection';
import type { StopTimeout } from '../graph/model/stopTimeout';
import type { WaitForHealth } from '../graph/plan/startConditions';

/** Ids shared with package.json; a test compares both. */

export const viewIds = {
  container: 'podgraph',
  tree: 'podgraph.tree',
  /** The graph panel, `webviewId` in `when` clauses. */
  graph: 'podgraph.graph',
} as const;

export const commandIds = {
  removeAll: 'podgraph.removeAll',
  remove: 'podgraph.remove',
  removeWithDependents: 'podgraph.removeWithDependents',
  removeContainers: 'podgraph.removeContainers',
  start: 'podgraph.start',
  startWithDependencies: 'podgraph.startWithDependencies',
  startAll: 'podgraph.startAll',
  startContainers: 'podgraph.startContainers',
  stop: 'podgraph.stop',
  stopWithDependents: 'podgraph.stopWithDependents',
  stopAll: 'podgraph.stopAll',
  stopContainers: 'podgraph.stopContainers',
  restart: 'podgraph.restart',
  repair: 'podgraph.repair',
  repairAll: 'podgraph.repairAll',
  pause: 'podgraph.pause',
  unpause: 'podgraph.unpause',
  kill: 'podgraph.kill',
  removeProject: 'podgraph.removeProject',
  prune: 'podgraph.prune',
  bringBack: 'podgraph.bringBack',
  recreate: 'podgraph.recreate',
  previewRemovalOfAll: 'podgraph.previewRemovalOfAll',
  previewRemoval: 'podgraph.previewRemoval',
  retryFailed: 'podgraph.retryFailed',
  resumeRemoval: 'podgraph.resumeRemoval',
  discardRemoval: 'podgraph.discardRemoval',
  cancel: 'podgraph.cancel',
  killNow: 'podgraph.killNow',
  startAnyway: 'podgraph.startAnyway',
  killSelectedNow: 'podgraph.killSelectedNow',
  showReport: 'podgraph.showReport',
  copyReport: 'podgraph.copyReport',
  filter: 'podgraph.filter',
  clearFilter: 'podgraph.clearFilter',
  groupBy: 'podgraph.groupBy',
  showResources: 'podgraph.showResources',
  hideResources: 'podgraph.hideResources',
  getSizes: 'podgraph.getSizes',
  refresh: 'podgraph.refresh',
  addConnection: 'podgraph.addConnection',
  startPodman: 'podgraph.startPodman',
  copyMountLine: 'podgraph.copyMountLine',
  selectConnections: 'podgraph.selectConnections',
  hideConnection: 'podgraph.hideConnection',
  renameConnection: 'podgraph.renameConnection',
  moveConnectionUp: 'podgraph.moveConnectionUp',
  moveConnectionDown: 'podgraph.moveConnectionDown',
  showLog: 'podgraph.showLog',
  reportProblem: 'podgraph.reportProblem',
  openSettings: 'podgraph.openSettings',
  openGraph: 'podgraph.openGraph',
  showInGraph: 'podgraph.showInGraph',
  exportSvg: 'podgraph.exportSvg',
  exportMermaid: 'podgraph.exportMermaid',
  openDemo: 'podgraph.openDemo',
  refillDemo: 'podgraph.refillDemo',
  closeDemo: 'podgraph.closeDemo',
  explainDependencies: 'podgraph.explainDependencies',
  protect: 'podgraph.protect',
  unprotect: 'podgraph.unprotect',
  inspect: 'podgraph.inspect',
  followLogs: 'podgraph.followLogs',
  followLogsFrom: 'podgraph.followLogsFrom',
  stopFollowingLogs: 'podgraph.stopFollowingLogs',
  openShell: 'podgraph.openShell',
  openPort: 'podgraph.openPort',
  openUnitFile: 'podgraph.openUnitFile',
  copyId: 'podgraph.copyId',
  copyName: 'podgraph.copyName',
  copyImage: 'podgraph.copyImage',
  refreshDocument: 'podgraph.refreshDocument',
  reveal: 'podgraph.reveal',
} as const;

/** Tools for language models. */
export const toolNames = [
  'podgraph_graph',
  'podgraph_explain',
  'podgraph_plan',
  'podgraph_offer',
  'podgraph_report',
  'podgraph_waitHealthy',
] as const;
export type ToolName = (typeof toolNames)[number];

/** Settings below `podgraph.`, with their types after validation. */
export interface SettingTypes {
  /** Replaces the discovered engines: `unix:///run/podman/podman.sock`. */
  readonly connections: readonly ConnectionSetting[];
  /** Actions in flight per engine. */
  readonly maxConcurrency: 'auto' | number;
  /** Overrides the containers' own stop timeouts; null keeps them. */
  readonly stopTimeout: StopTimeout | null;
  /** Which dependencies with a health check a start waits for. */
  readonly waitForHealth: WaitForHealth;
  readonly confirmRemoval: 'always' | 'whenRunning' | 'never';
  /** Of removed containers, unless the user chooses otherwise. */
  readonly anonymousVolumes: 'keep' | 'ask' | 'delete';
  readonly confirmLifecycleActions: 'always' | 'whenDisruptive' | 'never';
  /** Name patterns, `*` for any characters. */
  readonly protectedNames: readonly string[];
  /** Days for which removed nodes can be brought back; 0 saves nothing. */
  readonly 'recipes.keepDays': number;
  /** Whether to notify of containers that turn unhealthy or fail while no run works on them. */
  readonly notifyOnFailure: boolean;
  /** Whether language models may read the graph and offer plans. */
  readonly languageModelTools: boolean;
}

export const settingNames: readonly (keyof SettingTypes)[] = [
  'connections',
  'maxConcurrency',
  'stopTimeout',
  'waitForHealth',
  'confirmRemoval',
  'anonymousVolumes',
  'confirmLifecycleActions',
  'protectedNames',
  'recipes.keepDays',
  'notifyOnFailure',
  'languageModelTools',
];

/** Context keys for `when` clauses, with their types. */
export interface ContextKeyTypes {
  readonly 'podgraph.welcome': WelcomeKind;
  /** Whether any action is running. */
  readonly 'podgraph.isRunning': boolean;
  /** Whether the view shows any node. */
  readonly 'podgraph.hasNodes': boolean;
  readonly 'podgraph.isFiltered': boolean;
  /** Whether volumes, networks and images are shown. */
  readonly 'podgraph.showsResources': boolean;
  /** Whether a removable or protected node is selected. */
  readonly 'podgraph.hasSelection': boolean;
  readonly 'podgraph.isDemoOpen': boolean;
  /** Whether the view shows exactly one engine, which then has no row. */
  readonly 'podgraph.hasSingleEngine': boolean;
  /** Whether nodes of the last run can be retried. */
  readonly 'podgraph.canRetry': boolean;
  /** Whether a run was interrupted and neither resumed nor discarded. */
  readonly 'podgraph.isInterrupted': boolean;
  /** Whether a container is within its stop timeout. */
  readonly 'podgraph.isStopping': boolean;
  /** Whether a container waits for a condition of a dependency. */
  readonly 'podgraph.isWaiting': boolean;
  readonly 'podgraph.hasReport': boolean;
  readonly 'podgraph.isFollowingLogs': boolean;
}

export const contextKeys: readonly (keyof ContextKeyTypes)[] = [
  'podgraph.welcome',
  'podgraph.isRunning',
  'podgraph.hasNodes',
  'podgraph.isFiltered',
  'podgraph.showsResources',
  'podgraph.hasSelection',
  'podgraph.canRetry',
  'podgraph.isInterrupted',
  'podgraph.isDemoOpen',
  'podgraph.hasSingleEngine',
  'podgraph.isStopping',
  'podgraph.isWaiting',
  'podgraph.hasReport',
  'podgraph.isFollowingLogs',
];

/** Each has a welcome view in package.json, except `none`: then the tree has content or shows progress. */
export const welcomeKinds = [
  'none',
  'noEngine',
  'noEngineInside',
  'unreachable',
  'denied',
  'timeout',
  'malformed',
  'unknown',
  'empty',
  'demoEmpty',
  'noMatch',
] as const;
export type WelcomeKind = (typeof welcomeKinds)[number];

/** The parts of a tree item's `contextValue`; menus match them one by one (`viewItem =~ /\bremovable\b/`). */
export type ItemContextValue =
  | 'engine'
  | 'demo'
  | 'group'
  /** A group of a compose project. */
  | 'project'
  | 'chunk'
  | 'pod'
  | 'container'
  | 'volume'
  | 'network'
  | 'image'
  /** All volumes, networks or images of an engine. */
  | 'resources'
  | 'unlisted'
  | 'protected'
  | 'active'
  | 'running'
  | 'stopped'
  /** It or a member is cut off from a base. */
  | 'repairable'
  | 'paused'
  | 'hasDependencies'
  | 'hasPublishedPort'
  | 'hasUnitFile'
  /** A unit without a container, whose Quadlet file can be deleted. */
  | 'hasQuadlet'
  | 'removable'
  | 'hasDependents'
  | 'busy'
  | 'stopping'
  | 'failed';
