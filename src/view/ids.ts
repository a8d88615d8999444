import type { ConnectionSetting } from '../engine/discovery/connection';
import type { StopTimeout } from '../graph/model/stopTimeout';

/**
 * The names by which the extension and the editor know each other. package.json declares them once more, because the editor
 * reads it before any code runs; a test holds the two against each other.
 */

export const viewIds = {
  container: 'podgraph',
  tree: 'podgraph.tree',
  /** The panel with the drawing, as `webviewId` in `when` clauses. */
  graph: 'podgraph.graph',
} as const;

export const commandIds = {
  removeAll: 'podgraph.removeAll',
  remove: 'podgraph.remove',
  removeWithDependents: 'podgraph.removeWithDependents',
  start: 'podgraph.start',
  startWithDependencies: 'podgraph.startWithDependencies',
  startAll: 'podgraph.startAll',
  stop: 'podgraph.stop',
  stopWithDependents: 'podgraph.stopWithDependents',
  stopAll: 'podgraph.stopAll',
  restart: 'podgraph.restart',
  pause: 'podgraph.pause',
  unpause: 'podgraph.unpause',
  kill: 'podgraph.kill',
  prune: 'podgraph.prune',
  previewRemovalOfAll: 'podgraph.previewRemovalOfAll',
  previewRemoval: 'podgraph.previewRemoval',
  retryFailed: 'podgraph.retryFailed',
  cancel: 'podgraph.cancel',
  killNow: 'podgraph.killNow',
  killSelectedNow: 'podgraph.killSelectedNow',
  showReport: 'podgraph.showReport',
  copyReport: 'podgraph.copyReport',
  filter: 'podgraph.filter',
  clearFilter: 'podgraph.clearFilter',
  groupBy: 'podgraph.groupBy',
  refresh: 'podgraph.refresh',
  selectConnections: 'podgraph.selectConnections',
  hideConnection: 'podgraph.hideConnection',
  renameConnection: 'podgraph.renameConnection',
  moveConnectionUp: 'podgraph.moveConnectionUp',
  moveConnectionDown: 'podgraph.moveConnectionDown',
  showLog: 'podgraph.showLog',
  reportProblem: 'podgraph.reportProblem',
  openSettings: 'podgraph.openSettings',
  openGraph: 'podgraph.openGraph',
  exportSvg: 'podgraph.exportSvg',
  exportMermaid: 'podgraph.exportMermaid',
  startDemoEngine: 'podgraph.startDemoEngine',
  stopDemoEngine: 'podgraph.stopDemoEngine',
  explainBlockers: 'podgraph.explainBlockers',
  showDependents: 'podgraph.showDependents',
  showRemovalImpact: 'podgraph.showRemovalImpact',
  inspect: 'podgraph.inspect',
  followLogs: 'podgraph.followLogs',
  followLogsFrom: 'podgraph.followLogsFrom',
  stopFollowingLogs: 'podgraph.stopFollowingLogs',
  openShell: 'podgraph.openShell',
  openPort: 'podgraph.openPort',
  copyId: 'podgraph.copyId',
  copyName: 'podgraph.copyName',
  copyImage: 'podgraph.copyImage',
  refreshDocument: 'podgraph.refreshDocument',
  reveal: 'podgraph.reveal',
} as const;

/** Settings below `podgraph.`, with the type that each has once it was read. */
export interface SettingTypes {
  /** Addresses of engines, in place of those found by looking: `unix:///run/podman/podman.sock`. */
  readonly connections: readonly ConnectionSetting[];
  /** Removals under way at once, per engine; `auto` learns how many are best. */
  readonly maxConcurrency: 'auto' | number;
  /** The stop timeout of all containers in place of their own; null leaves it to them. */
  readonly stopTimeout: StopTimeout | null;
  readonly confirmRemoval: 'always' | 'whenRunning' | 'never';
  readonly confirmLifecycleActions: 'always' | 'whenDisruptive' | 'never';
  /** Patterns of names that no removal touches, `*` for any characters. */
  readonly protectedNames: readonly string[];
}

export const settingNames: readonly (keyof SettingTypes)[] = [
  'connections',
  'maxConcurrency',
  'stopTimeout',
  'confirmRemoval',
  'confirmLifecycleActions',
  'protectedNames',
];

/** Context keys for `when` clauses, with the type of their values. */
export interface ContextKeyTypes {
  /** What the view has to say when it is empty; see `welcomeKinds`. */
  readonly 'podgraph.welcome': welcomeKinds;
  /** Whether a removal runs. */
  readonly 'podgraph.isRunning': boolean;
  /** Whether the view shows anything that could be removed. */
  readonly 'podgraph.hasNodes': boolean;
  /** Whether a filter hides some of it. */
  readonly 'podgraph.isFiltered': boolean;
  /** Whether something that can be removed is selected in the view. */
  readonly 'podgraph.hasSelection': boolean;
  /** Whether the demo engine runs. */
  readonly 'podgraph.demoEngineRunning': boolean;
  /** Whether the last removal left something that can be tried again. */
  readonly 'podgraph.canRetry': boolean;
  /** Whether something is within its time to stop, so that it could be killed. */
  readonly 'podgraph.isStopping': boolean;
  /** Whether a removal has been reported. */
  readonly 'podgraph.hasReport': boolean;
  /** Whether the log of some container is followed. */
  readonly 'podgraph.isFollowingLogs': boolean;
}

export const contextKeys: readonly (keyof ContextKeyTypes)[] = [
  'podgraph.welcome',
  'podgraph.isRunning',
  'podgraph.hasNodes',
  'podgraph.isFiltered',
  'podgraph.hasSelection',
  'podgraph.canRetry',
  'podgraph.demoEngineRunning',
  'podgraph.isStopping',
  'podgraph.hasReport',
  'podgraph.isFollowingLogs',
];

/** Each has a welcome text in package.json, but for `none`: then the tree speaks for itself, or a progress bar does. */
export const welcomes = [
  'none',
  'noEngine',
  'noEngineInside',
  'unreachable',
  'denied',
  'timeout',
  'malformed',
  'unknown',
  'empty',
] as const;
export type welcomeKinds = (typeof welcomes)[number];

/**
 * The words of which a tree item's `contextValue` is made; `when` clauses of menus ask for them one by one
 * (`viewItem =~ /\bremovable\b/`).
 */
export type ItemContextValue =
  | 'engine'
  | 'group'
  | 'chunk'
  | 'pod'
  | 'container'
  | 'unlisted'
  | 'protected'
  | 'active'
  | 'running'
  | 'stopped'
  | 'paused'
  | 'hasDependencies'
  | 'hasPublishedPort'
  | 'removable'
  | 'hasDependents'
  | 'busy'
  | 'stopping'
  | 'failed';
