import { EngineError } from '../error';

/** What the operating system says when the user may not use a socket. */
const denied: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/**
 * A failure below HTTP. Everything that is neither a matter of rights nor of what was said counts as a lost connection:
 * ENOENT and ECONNREFUSED (nobody serves), ECONNRESET and EPIPE (it broke), ENOTFOUND, EHOSTUNREACH, ETIMEDOUT (remote).
 */
export function systemError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const code = codeOf(thrown);
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const sent = syscallOf(thrown) === 'connect' || syscallOf(thrown) === 'getaddrinfo' ? false : undefined;
  if (denied.has(code)) return new EngineError('denied', words, { sent });
  // Node's parser: what answered does not speak HTTP.
  if (code.startsWith('HPE_')) return new EngineError('malformed', words);
  if (code === 'ABORT_ERR') return new EngineError('aborted', words);
  const told = code && !words.includes(code) ? `${code}: ${words}` : words;
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
