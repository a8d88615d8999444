/** What PID 1 of a container does with a signal: it may print a line, and exit some time later. */
export interface SignalEffect {
  prints?: string | undefined;
  exit?: { afterMs: number; exitCode: number } | undefined;
}

const numbers: Record<string, number> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, USR1: 10, USR2: 12, TERM: 15 };

/** Exit code of a process that was killed: 128 + 9. */
export const killedExitCode = 137;

/** The number of a signal given as `15`, `TERM` or `SIGTERM`; undefined if there is none of that name. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  return numbers[text.toUpperCase().replace(/^SIG/, '')];
}

/** `SIGTERM` for 15; the number itself where the name is not known. */
export function signalName(signal: number): string {
  const name = Object.keys(numbers).find((key) => numbers[key] === signal);
  return name ? `SIG${name}` : String(signal);
}

/**
 * What the command does with a signal. The kernel gives PID 1 no default actions, so a bare `sleep` ignores TERM and
 * only a trap or an init process (catatonit, tini) ends on it. KILL always ends it. A trap may `echo`, `sleep` and `exit`.
 */
export function signalEffect(command: readonly string[], signal: number): SignalEffect {
  if (signal === numbers['KILL']) return { exit: { afterMs: 0, exitCode: killedExitCode } };
  if (/(^|\/)(catatonit|tini|dumb-init)$/.test(command[0] ?? '')) return { exit: { afterMs: 0, exitCode: 0 } };
  const trap = /trap\s+(["'])(.*?)\1\s+([A-Z0-9 ]+)/.exec(command.join(' '));
  const trapped = trap?.[3]?.trim().split(/\s+/).map(signalNumber) ?? [];
  if (!trapped.includes(signal)) return {};
  const body = trap?.[2] ?? '';
  const exit = /exit\s+(\d+)/.exec(body);
  const seconds = Number(/sleep\s+(\d+(\.\d+)?)/.exec(body)?.[1] ?? 0);
  return {
    prints: /echo\s+([^;]*[^;\s])/.exec(body)?.[1],
    exit: exit ? { afterMs: seconds * 1000, exitCode: Number(exit[1]) } : undefined,
  };
}

/** Seconds. A longer sleep stands for a process that goes on. */
const aDay = 86_400;

/** When and how the command ends by itself: `true`, `false`, `echo …`, `sleep N`, `sh -c "sleep N; exit M"`. */
export function naturalExit(command: readonly string[]): { afterMs: number; exitCode: number } | undefined {
  const message = command.filter((word) => !/(^|\/)busybox$/.test(word));
  const script =
    /(^|\/)(sh|bash|ash)$/.test(message[0] ?? '') && message[1] === '-c' ? (message[2] ?? '') : message.join(' ');
  if (/\bwait\b|\bwhile\b/.test(script)) return undefined;
  const sleep = /\bsleep\s+(\d+(\.\d+)?)\b/.exec(script);
  const exit = /\bexit\s+(\d+)/.exec(script);
  if (sleep) {
    const seconds = Number(sleep[1]);
    return seconds > aDay ? undefined : { afterMs: seconds * 1000, exitCode: Number(exit?.[1] ?? 0) };
  }
  if (exit) return { afterMs: 0, exitCode: Number(exit[1]) };
  if (/^(\S*\/)?(true|echo)\b/.test(script)) return { afterMs: 0, exitCode: 0 };
  if (/^(\S*\/)?false\b/.test(script)) return { afterMs: 0, exitCode: 1 };
  return undefined;
}
