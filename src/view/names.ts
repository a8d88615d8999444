import type { ConnectionSetting } from '../engine/connections/connection';
import type { StopTimeout } from '../graph/stopTimeout';

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
  previewAll: 'podgraph.previewAll',
  preview: 'podgraph.preview',
  retryFailed: 'podgraph.retryFailed',
  cancelRemoval: 'podgraph.cancelRemoval',
  killNow: 'podgraph.killNow',
  killThese: 'podgraph.killThese',
  showReport: 'podgraph.showReport',
  copyReport: 'podgraph.copyReport',
  filter: 'podgraph.filter',
  clearFilter: 'podgraph.clearFilter',
  groupBy: 'podgraph.groupBy',
  refresh: 'podgraph.refresh',
  chooseConnections: 'podgraph.chooseConnections',
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
  openDemoEngine: 'podgraph.openDemoEngine',
  closeDemoEngine: 'podgraph.closeDemoEngine',
  whyNotRemovable: 'podgraph.whyNotRemovable',
  whoNeeds: 'podgraph.whoNeeds',
  whatGoesAlong: 'podgraph.whatGoesAlong',
  inspect: 'podgraph.inspect',
  followLogs: 'podgraph.followLogs',
  followLogsFrom: 'podgraph.followLogsFrom',
  stopLogs: 'podgraph.stopLogs',
  openShell: 'podgraph.openShell',
  openPort: 'podgraph.openPort',
  copyId: 'podgraph.copyId',
  copyName: 'podgraph.copyName',
  copyImage: 'podgraph.copyImage',
  rewrite: 'podgraph.rewrite',
  reveal: 'podgraph.reveal',
} as const;

/** Settings below `podgraph.`, with the type that each has once it was read. */
export interface SettingTypes {
  /** Addresses of engines, in place of those found by looking: `unix:///run/podman/podman.sock`. */
  readonly connections: readonly ConnectionSetting[];
  /** Removals under way at once, per engine; `auto` learns how many are best. */
  readonly 'removal.concurrency': 'auto' | number;
  /** The stop timeout of all containers in place of their own; null leaves it to them. */
  readonly 'removal.stopTimeout': StopTimeout | null;
  readonly confirmRemoval: 'always' | 'whenRunning' | 'never';
  readonly confirmChanges: 'always' | 'whenItHurts' | 'never';
  /** Patterns of names that no removal touches, `*` for any characters. */
  readonly protectedNames: readonly string[];
}

export const settingNames: readonly (keyof SettingTypes)[] = [
  'connections',
  'removal.concurrency',
  'removal.stopTimeout',
  'confirmRemoval',
  'confirmChanges',
  'protectedNames',
];

/** Context keys for `when` clauses, with the type of their values. */
export interface ContextTypes {
  /** What the view has to say when it is empty; see `Welcome`. */
  readonly 'podgraph.welcome': Welcome;
  /** Whether a removal runs. */
  readonly 'podgraph.removing': boolean;
  /** Whether the view shows anything that could be removed. */
  readonly 'podgraph.hasNodes': boolean;
  /** Whether a filter hides some of it. */
  readonly 'podgraph.filtered': boolean;
  /** Whether something that can be removed is selected in the view. */
  readonly 'podgraph.hasSelection': boolean;
  /** Whether the demo engine runs. */
  readonly 'podgraph.hasDemo': boolean;
  /** Whether the last removal left something that can be tried again. */
  readonly 'podgraph.hasFailed': boolean;
  /** Whether something is within its time to stop, so that it could be killed. */
  readonly 'podgraph.stopping': boolean;
  /** Whether a removal has been reported. */
  readonly 'podgraph.hasReport': boolean;
  /** Whether the log of some container is followed. */
  readonly 'podgraph.following': boolean;
}

export const contextKeys: readonly (keyof ContextTypes)[] = [
  'podgraph.welcome',
  'podgraph.removing',
  'podgraph.hasNodes',
  'podgraph.filtered',
  'podgraph.hasSelection',
  'podgraph.hasFailed',
  'podgraph.hasDemo',
  'podgraph.stopping',
  'podgraph.hasReport',
  'podgraph.following',
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
export type Welcome = (typeof welcomes)[number];

/**
 * The words of which a tree item's `contextValue` is made; `when` clauses of menus ask for them one by one
 * (`viewItem =~ /\bremovable\b/`).
 */
export type ItemWord =
  | 'engine'
  | 'group'
  | 'block'
  | 'pod'
  | 'container'
  | 'external'
  | 'protected'
  | 'active'
  | 'running'
  | 'stopped'
  | 'paused'
  | 'needs'
  | 'published'
  | 'removable'
  | 'needed'
  | 'busy'
  | 'stopping'
  | 'failed';
