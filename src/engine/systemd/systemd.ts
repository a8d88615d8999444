import type { NodeKey } from '../../graph/model/model';
import type { UnitRelations } from '../../graph/model/systemdEdges';
import type { CallOptions } from '../engine';

/** The systemd that manages an engine's units: on this machine, or on the engine's host through ssh. */
export interface SystemdHost {
  /** The manager of the machine, or that of the user who runs a rootless engine. */
  readonly scope: SystemdScope;
  /** The state of units in the given order, from one process. Unknown units have the load state `not-found`. */
  show(units: readonly string[], options?: CallOptions): Promise<readonly SystemdUnit[]>;
  /** Services that a generator made from other files, as Quadlet does, whether they run or not; without templates. */
  generated(options?: CallOptions): Promise<readonly string[]>;
  start(unit: string, options?: CallOptions): Promise<void>;
  stop(unit: string, options?: CallOptions): Promise<void>;
  restart(unit: string, options?: CallOptions): Promise<void>;
  /** Makes systemd read changed unit files; Quadlet generates its units again. */
  daemonReload(options?: CallOptions): Promise<void>;
  /** The text of a file by its absolute path; `gone` if it does not exist. */
  readUnitFile(path: string, options?: CallOptions): Promise<string>;
  /** Identifies the manager and its machine; unchanged by a restart of either. */
  identity(options?: CallOptions): Promise<string>;
  /** The last messages of a unit, in one line; of one invocation if it is given. */
  journal(unit: string, options?: CallOptions & { readonly since?: string | undefined }): Promise<string>;
  /** Deletes a Quadlet file; `gone` if it does not exist, `unsupported` unless it is a regular file of the machine's user. */
  deleteQuadlet(path: string, options?: CallOptions): Promise<void>;
  /** Writes a Quadlet file that does not exist. */
  writeQuadlet(path: string, text: string, options?: CallOptions): Promise<void>;
}

export type SystemdScope = 'system' | 'user';

/** A unit as `systemctl show` reports it. Paths are empty and numbers 0 where systemd has none. */
export interface SystemdUnit extends UnitRelations {
  /** `loaded`, `not-found`, `masked`, `error`, `bad-setting`. */
  readonly loadState: string;
  /** `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`. */
  readonly activeState: string;
  /** `running`, `exited`, `dead`, `auto-restart`, `start-pre`. */
  readonly subState: string;
  /** `generated`, `enabled`, `disabled`, `static`, `transient`. */
  readonly unitFileState: string;
  /** The unit file that systemd has loaded; a generated one for a Quadlet. */
  readonly fragmentPath: string;
  /** The file that a generated unit was made from: `/etc/containers/systemd/web.container`. */
  readonly sourcePath: string;
  /** Files have changed since systemd read them. */
  readonly needDaemonReload: boolean;
  /** `success`, `exit-code`, `signal`, `timeout`. */
  readonly result: string;
  readonly requiredBy: readonly string[];
  readonly boundBy: readonly string[];
  readonly consistsOf: readonly string[];
  /** Seconds; infinite without a limit. */
  readonly timeoutStartSec: number;
  readonly timeoutStopSec: number;
  readonly mainPid: number;
  /** Exit code or signal of the last main process. */
  readonly exitStatus: number;
  /** Differs for each start of the unit. */
  readonly invocationId: string;
}

/** A container and the unit that its label names. */
export interface UnitContainer {
  readonly key: NodeKey;
  readonly unit: string;
}

export interface SystemdOptions extends CallOptions {
  /** The identity of a systemd that was proven to be the engine's, when containers of its units ran. */
  readonly machine?: string | undefined;
}

/** The systemd of an engine, or why it cannot be reached. */
export type SystemdAccess =
  | { readonly host: SystemdHost; readonly reason?: undefined }
  | { readonly host?: undefined; readonly reason: SystemdUnreachable; readonly detail?: string | undefined };

type SystemdUnreachable =
  /** The engine's address is neither a local socket nor ssh. */
  | 'address'
  /** The machine has no `systemctl`, or no systemd that responds. */
  | 'missing'
  /** No container's process is the main process of its unit: another machine's systemd, or another user's. */
  | 'unproven'
  /** The machine could not be reached; `detail` has the message. */
  | 'failed';

/** The longest name that systemd accepts (UNIT_NAME_MAX). */
const maxLength = 255;

/**
 * Whether a text is the name of a unit; required for each argument of `systemctl`. Stricter than systemd in that a name never
 * starts with a dash.
 */
export function isUnitName(name: string): boolean {
  return (
    name.length <= maxLength &&
    /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*\.(service|target|socket|timer|slice|scope|mount|automount|path|swap|device)$/.test(
      name,
    )
  );
}

/** Whether systemd makes units from files of this name that run containers. */
export function isQuadlet(file: string): boolean {
  return /\.(container|pod|kube)$/.test(file);
}

/**
 * Whether a Quadlet file belongs to the administrator or the user, not to a package: only such files are deleted or written.
 * False for templates, from which other units are made, and for paths with characters that a shell could interpret.
 */
export function isOwnQuadlet(file: string): boolean {
  const isNormal = /^(\/[A-Za-z0-9:_.@-]+)+$/.test(file) && !/\/\.\.?(\/|$)/.test(file);
  return (
    isNormal &&
    isQuadlet(file) &&
    !file.includes('@.') &&
    /^\/etc\/containers\/systemd\/|\/\.config\/containers\/systemd\//.test(file)
  );
}
