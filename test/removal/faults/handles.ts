import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What keeps this process busy, by kind, connections that are merely kept for later left out. */
export type Handles = ReadonlyMap<string, number>;

const patience = 5_000;
const lookEvery = 25;

export function openHandles(): Handles {
  http.globalAgent.destroy();
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** What is open now and was not before, once all that is just closing has closed: `2 PipeWrap`. */
export async function leakedHandles(before: Handles): Promise<string[]> {
  const until = Date.now() + patience;
  for (;;) {
    const more = [...openHandles()].flatMap(([kind, count]) => {
      const added = count - (before.get(kind) ?? 0);
      return added > 0 && counted.has(kind) ? [`${added} ${kind}`] : [];
    });
    if (more.length === 0 || Date.now() > until) return more;
    await pause(lookEvery);
  }
}

/** Sockets, servers and timers; requests of the file system and the like end by themselves. */
const counted: ReadonlySet<string> = new Set([
  'PipeWrap',
  'PipeServerWrap',
  'TCPSocketWrap',
  'TCPServerWrap',
  'Timeout',
]);
