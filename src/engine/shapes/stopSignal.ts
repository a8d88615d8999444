/** Linux's numbers: containers run there, whatever this code runs on. */
const names: readonly string[] = [
  '',
  ...['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1'],
  ...['SIGSEGV', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP'],
  ...['SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR'],
  'SIGSYS',
];
const FIRST_REALTIME = 34;
const LAST_REALTIME = 64;

/**
 * A stop signal by its name. Podman 4 and 5 give a number (15), Podman 6 and Docker a name or a number as text (`SIGRTMIN+3`,
 * `TERM`, `"15"`), Docker nothing at all where the image says nothing.
 */
export function stopSignalName(value: unknown): string {
  if (typeof value === 'number') return nameOf(value);
  if (typeof value !== 'string') return 'SIGTERM';
  const said = value.trim().toUpperCase();
  if (/^\d+$/.test(said)) return nameOf(Number(said));
  if (!/^[A-Z][A-Z0-9+-]*$/.test(said)) return 'SIGTERM';
  return said.startsWith('SIG') ? said : `SIG${said}`;
}

function nameOf(number: number): string {
  if (number >= FIRST_REALTIME && number <= LAST_REALTIME) {
    return number === FIRST_REALTIME ? 'SIGRTMIN' : `SIGRTMIN+${number - FIRST_REALTIME}`;
  }
  return names[number] || 'SIGTERM';
}
