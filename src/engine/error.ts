import type { NodeKey } from '../graph/model/model';

/** Why a TLS or ssh connection failed, as far as the remedies differ. */
export type TransportErrorReason = TlsReason | SshReason;

export type TlsReason =
  | 'tlsExpired'
  /** Often caused by a wrong clock. */
  | 'tlsNotYetValid'
  | 'tlsHostnameMismatch'
  | 'tlsUntrustedCa'
  /** The engine requires a client certificate, and rejected ours or got none. */
  | 'tlsClient'
  /** Our certificate or key files cannot be read, or do not match. */
  | 'tlsFiles'
  /** The server does not use TLS. */
  | 'tlsNotSpoken'
  /** The server requires TLS, the address is plain TCP. */
  | 'tlsRequired'
  | 'tlsFailed';

export type SshReason =
  /** No `ssh` program on this machine. */
  | 'sshMissing'
  /** The ssh of Windows cannot forward sockets. */
  | 'sshUnsupported'
  /** The address contains characters that are unsafe in ssh arguments. */
  | 'sshAddress'
  | 'sshHostKeyUnknown'
  | 'sshHostKeyChanged'
  | 'sshDenied'
  | 'sshName'
  | 'sshRefused'
  | 'sshNoRoute'
  | 'sshTimeout'
  /** Logged in, but the engine's socket is missing or not accessible: sshd does not report which. */
  | 'sshSocket'
  /** Logged in, but the host forbids forwarding. */
  | 'sshForwarding'
  /** ssh exited; `detail` has its message. */
  | 'sshEnded';

/** Authentication failures: a retry cannot succeed before the user acts. */
const authErrors: ReadonlySet<string> = new Set<TransportErrorReason>([
  'tlsClient',
  'sshDenied',
  'sshHostKeyUnknown',
  'sshHostKeyChanged',
]);

export function isTransportError(reason: string): reason is TransportErrorReason {
  return /^(tls|ssh)[A-Z]/.test(reason);
}

export function isTlsReason(reason: TransportErrorReason): reason is TlsReason {
  return reason.startsWith('tls');
}

/** Why a call failed; derived from the engine's `cause` and message, never from a status alone. */
export type EngineErrorReason =
  | 'running'
  | 'paused'
  | 'hasDependents'
  | 'infraContainer'
  | 'serviceContainer'
  /** A container uses the volume. */
  | 'inUse'
  | 'gone'
  /** EBUSY or EAGAIN; retried. */
  | 'busy'
  /** The engine's database is locked; retried. */
  | 'locked'
  /** Another client is removing it; retried. */
  | 'inProgress'
  /** Processes survived SIGKILL; retried. */
  | 'processesRemain'
  /** The container's monitor (conmon) exited; retried once. */
  | 'monitorExited'
  /** Another object is missing: the pod of a member, a network, an image. */
  | 'otherMissing'
  /** The object's id is the name of another one, which the engine would use instead. */
  | 'ambiguousId'
  /** The engine has no event log. */
  | 'noEvents'
  /** A pod removal that failed for some members; see `members`. */
  | 'partial'
  | 'unsupported'
  /** Nothing listens at the address, or the connection broke. */
  | 'unreachable'
  /** The socket exists, but this user may not use it. */
  | 'denied'
  | 'timeout'
  | 'aborted'
  /** HTML, truncated JSON or an unexpected format. */
  | 'malformed'
  /** TLS or ssh failed. */
  | TransportErrorReason
  | 'unknown';

export class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(
    readonly reason: EngineErrorReason,
    /** The message of the engine or the system; one line, no secrets. */
    readonly detail: string,
    readonly details: {
      readonly status?: number | undefined;
      /** Dependents listed in the error message. */
      readonly dependents?: readonly NodeKey[] | undefined;
      /** Error messages of a partial pod removal, by failed member. */
      readonly members?: ReadonlyMap<NodeKey, string> | undefined;
      /** System error code: `ENOENT`. */
      readonly code?: string | undefined;
      /** Host of a TLS or ssh failure. */
      readonly host?: string | undefined;
      /** False if the request certainly never reached the engine, so it may be repeated. */
      readonly sent?: false | undefined;
    } = {},
  ) {
    super(`${reason}: ${detail}`);
  }

  /** Also true for an error of another bundle: each lazily loaded one contains its own copy of the class. */
  static override [Symbol.hasInstance](value: unknown): value is EngineError {
    return value instanceof Error && value.name === 'EngineError' && 'reason' in value && 'detail' in value;
  }

  /** The same for a request that certainly never reached the engine. */
  unsent(): EngineError {
    return new EngineError(this.reason, this.detail, { ...this.details, sent: false });
  }

  static from(thrown: unknown): EngineError {
    // Each lazy bundle has its own copy of this class.
    if (thrown instanceof Error && thrown.name === 'EngineError') return thrown as EngineError;
    return new EngineError('unknown', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

const transientReasons: ReadonlySet<EngineErrorReason> = new Set(['busy', 'locked', 'inProgress', 'processesRemain']);

/** Whether the same call may succeed a moment later. */
export function isTransient(reason: EngineErrorReason): boolean {
  return transientReasons.has(reason);
}

const retriedOnce: ReadonlySet<EngineErrorReason> = new Set(['monitorExited', 'otherMissing']);

/** Whether a command should be repeated after this many attempts. */
export function isWorthRetrying(reason: EngineErrorReason, attempt: number): boolean {
  return isTransient(reason) || (retriedOnce.has(reason) && attempt < 2);
}

/** Whether a query should be repeated. Not after a timeout. */
export function isWorthRepeating({ reason, details }: EngineError): boolean {
  if (isTransient(reason) || retriedOnce.has(reason)) return true;
  if (reason === 'unreachable') return details.status !== undefined;
  return reason === 'malformed' || (reason === 'unknown' && (details.status ?? 0) >= 500);
}

/** Whether the engine could not be reached, so that the result is unknown. */
export function isConnectionError(reason: EngineErrorReason): boolean {
  if (isTransportError(reason)) return true;
  return reason === 'unreachable' || reason === 'timeout' || reason === 'denied' || reason === 'malformed';
}

/** Whether the engine refuses this user: no retry helps before the user acts. */
export function isAccessDenied(reason: EngineErrorReason): boolean {
  return reason === 'denied' || authErrors.has(reason);
}

const denied: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/**
 * A failure below HTTP. All but permission and protocol errors count as a lost connection: ENOENT and ECONNREFUSED
 * (nothing listens), ECONNRESET and EPIPE (it broke), ENOTFOUND, EHOSTUNREACH, ETIMEDOUT (remote).
 */
export function fromSystemError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const code = codeOf(thrown);
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  const sent = syscallOf(thrown) === 'connect' || syscallOf(thrown) === 'getaddrinfo' ? false : undefined;
  if (denied.has(code)) return new EngineError('denied', detail, { sent });
  // Node's HTTP parser: the server does not use HTTP.
  if (code.startsWith('HPE_')) return new EngineError('malformed', detail);
  if (code === 'ABORT_ERR') return new EngineError('aborted', detail);
  const withCode = code && !detail.includes(code) ? `${code}: ${detail}` : detail;
  return new EngineError('unreachable', withCode, code ? { code, sent } : { sent });
}

/** `ECONNREFUSED`; empty without a code. */
export function codeOf(thrown: unknown): string {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** The failed system call: `connect`; empty if unknown. Nothing was sent before it. */
function syscallOf(thrown: unknown): string {
  const syscall = typeof thrown === 'object' && thrown !== null && 'syscall' in thrown ? thrown.syscall : undefined;
  return typeof syscall === 'string' ? syscall : '';
}
