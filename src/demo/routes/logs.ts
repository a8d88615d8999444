import type { Container } from '../model';

/** What a container has printed, as Docker's multiplexed frames: stream, three zeros, length, text. */
export function logFrames(container: Container, query: URLSearchParams): Buffer[] {
  if (container.startedAt === undefined || query.get('stdout') === 'false') return [];
  const lines = [
    { at: container.startedAt, text: `${container.name} started` },
    ...(container.finishedAt === undefined
      ? []
      : [{ at: container.finishedAt, text: `${container.name} exited with ${container.exitCode}` }]),
  ];
  const tail = query.get('tail');
  const last = tail !== null && /^\d+$/.test(tail) ? lines.slice(Math.max(0, lines.length - Number(tail))) : lines;
  const stamped = query.get('timestamps') === 'true';
  return last.map(({ at, text }) => frame(`${stamped ? `${new Date(at).toISOString()} ` : ''}${text}\n`));
}

function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(1, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}
