/** Why an engine could not be reached by TLS or ssh, told apart as far as what to do next differs. */
export type WayReason = TlsReason | SshReason;

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
const barred: ReadonlySet<string> = new Set<WayReason>([
  'tlsClient',
  'sshDenied',
  'sshHostKeyUnknown',
  'sshHostKeyChanged',
]);

export function isBarred(reason: string): boolean {
  return barred.has(reason);
}

export function isWayReason(reason: string): reason is WayReason {
  return /^(tls|ssh)[A-Z]/.test(reason);
}

export function isTlsReason(reason: WayReason): reason is TlsReason {
  return reason.startsWith('tls');
}
