import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Number of open handles of this process by kind, without kept-alive connections. */
type Handles = ReadonlyMap<string, number>;

const timeoutMs = 5_000;
const checkInterval = 25;

export function openHandles(): Handles {
  http.globalAgent.destroy();
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Handles opened since `before`, after those being closed have closed: `2 PipeWrap`. */
export async function leakedHandles(before: Handles): Promise<string[]> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const more = [...openHandles()].flatMap(([kind, count]) => {
      const added = count - (before.get(kind) ?? 0);
      return added > 0 && counted.has(kind) ? [`${added} ${kind}`] : [];
    });
    if (more.length === 0 || Date.now() > until) return more;
    await pause(checkInterval);
  }
}

/** Sockets, servers and timers; others, such as file system requests, end by themselves. */
const counted: ReadonlySet<string> = new Set([
  'PipeWrap',
  'PipeServerWrap',
  'TCPSocketWrap',
  'TCPServerWrap',
  'Timeout',
]);
