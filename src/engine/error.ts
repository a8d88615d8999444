import type { NodeKey } from '../graph/model/model';

/** Why an engine could not be reached by TLS or ssh, told apart as far as what to do next differs. */
export type TransportErrorReason = TlsReason | SshReason;

export type TlsReason =
  | 'tlsExpired'
  /** Its certificate begins later than now: often a clock that is wrong. */
  | 'tlsNotYetValid'
  /** The certificate is for other names than the one that was asked for. */
  | 'tlsName'
  /** Nobody whom we trust vouches for it. */
  | 'tlsAuthority'
  /** The engine wants a client certificate, and none or not this one. */
  | 'tlsClient'
  /** Our own files cannot be read, or do not fit together. */
  | 'tlsFiles'
  /** It does not speak TLS there. */
  | 'tlsPlain'
  /** It speaks TLS where the address says plain TCP. */
  | 'tlsWanted'
  | 'tlsFailed';

export type SshReason =
  /** There is no `ssh` on this machine. */
  | 'sshMissing'
  /** This machine's ssh cannot forward a socket (Windows). */
  | 'sshUnsupported'
  /** The address holds what must not be handed to ssh. */
  | 'sshAddress'
  | 'sshHostKeyUnknown'
  | 'sshHostKeyChanged'
  | 'sshDenied'
  | 'sshName'
  | 'sshRefused'
  | 'sshNoRoute'
  | 'sshTimeout'
  /** Logged in, but no engine's socket is there, or not for this user: sshd does not tell which. */
  | 'sshSocket'
  /** Logged in, but the host lets nobody forward sockets. */
  | 'sshForwarding'
  /** ssh ended for a reason of its own; the words are its. */
  | 'sshEnded';

/** Ways that are barred to this user, as `denied` is: trying again changes nothing before somebody does something. */
const barred: ReadonlySet<string> = new Set<TransportErrorReason>([
  'tlsClient',
  'sshDenied',
  'sshHostKeyUnknown',
  'sshHostKeyChanged',
]);

function isAuthError(reason: string): boolean {
  return barred.has(reason);
}

export function isTransportError(reason: string): reason is TransportErrorReason {
  return /^(tls|ssh)[A-Z]/.test(reason);
}

export function isTlsReason(reason: TransportErrorReason): reason is TlsReason {
  return reason.startsWith('tls');
}

/** Why an engine did not do what it was asked. Parsed once, from the engine's `cause`, never from a status alone. */
export type EngineErrorReason =
  | 'running'
  | 'paused'
  | 'hasDependents'
  | 'isInfra'
  | 'isService'
  /** A volume that a container uses. */
  | 'inUse'
  | 'gone'
  /** EBUSY and its like: worth another try. */
  | 'busy'
  /** The engine's database is locked: worth another try. */
  | 'locked'
  /** Somebody else is removing it at this moment: worth another try. */
  | 'inProgress'
  /** Processes outlived the kill: worth another try. */
  | 'didNotDie'
  /** The container's monitor process (conmon) ended too early: the same call often succeeds the second time. */
  | 'monitorExited'
  /** Another object than the requested one is missing: the pod of a member, a network, an image. */
  | 'otherMissing'
  /** The id of the object is also the name of another one, which the engine would take in its place. */
  | 'ambiguousId'
  /** The engine reports no events. */
  | 'noEvents'
  /** A pod removal that did not take every member; `members` says which. */
  | 'partial'
  | 'unsupported'
  /** Nobody serves at the address, or the connection broke. */
  | 'unreachable'
  /** The socket is there, but not for this user. */
  | 'denied'
  | 'timeout'
  | 'aborted'
  /** HTML, half JSON, a shape that is not the engine's. */
  | 'malformed'
  /** The way there, by TLS or ssh, does not stand. */
  | TransportErrorReason
  | 'unknown';

export class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(
    readonly reason: EngineErrorReason,
    /** The engine's own words, or the system's; one line, no secrets. */
    readonly detail: string,
    readonly details: {
      readonly status?: number | undefined;
      /** Full keys of the dependents an engine named in a refusal. */
      readonly dependents?: readonly NodeKey[] | undefined;
      /** What a partial pod removal said of each member that failed. */
      readonly members?: ReadonlyMap<NodeKey, string> | undefined;
      /** What the operating system called it: `ENOENT`. */
      readonly code?: string | undefined;
      /** Host that a failure of TLS or ssh is about. */
      readonly host?: string | undefined;
      /** False where the request certainly never reached the engine: it may be sent again. */
      readonly sent?: false | undefined;
    } = {},
  ) {
    super(`${reason}: ${detail}`);
  }

  /** A rejection of any kind as an `EngineError`. */
  static from(thrown: unknown): EngineError {
    if (thrown instanceof EngineError || isOfAnotherBundle(thrown)) return thrown;
    return new EngineError('unknown', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** Bundles that are loaded lazily have a class of their own by this name. */
function isOfAnotherBundle(thrown: unknown): thrown is EngineError {
  return thrown instanceof Error && thrown.name === 'EngineError' && 'reason' in thrown && 'words' in thrown;
}

const passing: ReadonlySet<EngineErrorReason> = new Set(['busy', 'locked', 'inProgress', 'didNotDie']);

/** Whether the same call may well succeed a moment later. */
export function isTransient(reason: EngineErrorReason): boolean {
  return passing.has(reason);
}

const passingOnce: ReadonlySet<EngineErrorReason> = new Set(['monitorExited', 'otherMissing']);

/** Whether the call is worth sending again after so many attempts. */
export function isWorthRetrying(reason: EngineErrorReason, attempt: number): boolean {
  return isTransient(reason) || (passingOnce.has(reason) && attempt < 2);
}

/** Whether a question that failed so may well be answered a moment later. What was awaited in full is not asked again. */
export function isWorthAskingAgain({ reason, details }: EngineError): boolean {
  if (isTransient(reason) || passingOnce.has(reason)) return true;
  if (reason === 'unreachable') return details.status !== undefined;
  return reason === 'malformed' || (reason === 'unknown' && (details.status ?? 0) >= 500);
}

/** Whether the engine could not be reached at all, so that nothing is known about what was asked. */
export function isConnectionError(reason: EngineErrorReason): boolean {
  if (isTransportError(reason)) return true;
  return reason === 'unreachable' || reason === 'timeout' || reason === 'denied' || reason === 'malformed';
}

/** Whether the engine is there but not for this user: that changes only when somebody does something about it. */
export function isAccessDenied(reason: EngineErrorReason): boolean {
  return reason === 'denied' || isAuthError(reason);
}

/** What the operating system says when the user may not use a socket. */
const denied: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/**
 * A failure below HTTP. Everything that is neither a matter of rights nor of what was said counts as a lost connection:
 * ENOENT and ECONNREFUSED (nobody serves), ECONNRESET and EPIPE (it broke), ENOTFOUND, EHOSTUNREACH, ETIMEDOUT (remote).
 */
export function fromSystemError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const code = codeOf(thrown);
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  const sent = syscallOf(thrown) === 'connect' || syscallOf(thrown) === 'getaddrinfo' ? false : undefined;
  if (denied.has(code)) return new EngineError('denied', detail, { sent });
  // Node's parser: what answered does not speak HTTP.
  if (code.startsWith('HPE_')) return new EngineError('malformed', detail);
  if (code === 'ABORT_ERR') return new EngineError('aborted', detail);
  const told = code && !detail.includes(code) ? `${code}: ${detail}` : detail;
  return new EngineError('unreachable', told, code ? { code, sent } : { sent });
}

/** `ECONNREFUSED`; '' where there is none. */
export function codeOf(thrown: unknown): string {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** The system call that failed: `connect`; '' where there is none. Before that nothing can have been sent. */
function syscallOf(thrown: unknown): string {
  const syscall = typeof thrown === 'object' && thrown !== null && 'syscall' in thrown ? thrown.syscall : undefined;
  return typeof syscall === 'string' ? syscall : '';
}
