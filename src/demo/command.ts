/** The effect of a signal on PID 1: an output line and a delayed exit. */
interface SignalEffect {
  output?: string | undefined;
  exit?: { afterMs: number; exitCode: number } | undefined;
}

const numbers: Record<string, number> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, USR1: 10, USR2: 12, TERM: 15 };

/** Exit code of a process that was killed: 128 + 9. */
export const killedExitCode = 137;

/** Parses `15`, `TERM` or `SIGTERM`; undefined if unknown. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  return numbers[text.toUpperCase().replace(/^SIG/, '')];
}

/** `SIGTERM` for 15; the number if the name is unknown. */
export function signalName(signal: number): string {
  const name = Object.keys(numbers).find((key) => numbers[key] === signal);
  return name ? `SIG${name}` : String(signal);
}

/**
 * Parses the command for its reaction to a signal. PID 1 has no default actions: without a trap or an init process
 * (catatonit, tini) it ignores TERM. A trap may `echo`, `sleep` and `exit`.
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
    output: /echo\s+([^;]*[^;\s])/.exec(body)?.[1],
    exit: exit ? { afterMs: seconds * 1000, exitCode: Number(exit[1]) } : undefined,
  };
}

/** Seconds. A longer sleep counts as endless. */
const maxSleep = 86_400;

/** When and how the command exits on its own: `true`, `false`, `echo …`, `sleep N`, `sh -c "sleep N; exit M"`. */
export function naturalExit(command: readonly string[]): { afterMs: number; exitCode: number } | undefined {
  const argv = command.filter((argument) => !/(^|\/)busybox$/.test(argument));
  const script = /(^|\/)(sh|bash|ash)$/.test(argv[0] ?? '') && argv[1] === '-c' ? (argv[2] ?? '') : argv.join(' ');
  if (/\bwait\b|\bwhile\b/.test(script)) return undefined;
  const sleep = /\bsleep\s+(\d+(\.\d+)?)\b/.exec(script);
  const exit = /\bexit\s+(\d+)/.exec(script);
  if (sleep) {
    const seconds = Number(sleep[1]);
    return seconds > maxSleep ? undefined : { afterMs: seconds * 1000, exitCode: Number(exit?.[1] ?? 0) };
  }
  if (exit) return { afterMs: 0, exitCode: Number(exit[1]) };
  if (/^(\S*\/)?(true|echo)\b/.test(script)) return { afterMs: 0, exitCode: 0 };
  if (/^(\S*\/)?false\b/.test(script)) return { afterMs: 0, exitCode: 1 };
  return undefined;
}
