import type { Container, Printed } from '../model';
import { containerOf } from './containers';
import { flag, optionalNumber } from './route';
import type { Answer, Call } from './route';

/** What a container has printed, and with `follow` what it goes on to print until it is down. */
export function logs(call: Call): Answer {
  const { core, query } = call;
  const container = containerOf(call);
  const stamped = query.get('timestamps') === 'true';
  const write = (sink: { write(chunk: Buffer): void }, line: Printed): void => {
    if (query.get(line.stream) !== 'false') sink.write(frame(line, stamped));
  };
  return {
    status: 200,
    contentType: 'application/octet-stream',
    stream: (sink) => {
      for (const line of chosen(linesOf(container), query)) write(sink, line);
      if (!flag(query, 'follow') || container.state !== 'running') return sink.end();
      const read = (line: Printed): void => write(sink, line);
      container.readers.add(read);
      sink.onClose(() => container.readers.delete(read));
      void core.lifecycle.nextExit(container).then(() => {
        const last = exitLine(container);
        if (last) read(last);
        sink.end();
      });
    },
  };
}

function linesOf(container: Container): Printed[] {
  if (container.startedAt === undefined) return [];
  const last = container.finishedAt === undefined ? undefined : exitLine(container);
  const start: Printed = { at: container.startedAt, stream: 'stdout', text: `${container.name} started` };
  const printed = container.printed.filter(({ at }) => at < start.at);
  const since = container.printed.filter(({ at }) => at >= start.at);
  return [...printed, start, ...since, ...(last ? [last] : [])];
}

function exitLine({ finishedAt, name, exitCode }: Container): Printed | undefined {
  return finishedAt === undefined
    ? undefined
    : { at: finishedAt, stream: 'stdout', text: `${name} exited with ${exitCode}` };
}

function chosen(lines: readonly Printed[], query: URLSearchParams): readonly Printed[] {
  const since = optionalNumber(query, 'since') ?? 0;
  const late = lines.filter(({ at }) => at >= since * 1000);
  const tail = query.get('tail');
  return tail !== null && /^\d+$/.test(tail) ? late.slice(Math.max(0, late.length - Number(tail))) : late;
}

/** Docker's multiplexed frame: stream, three zeros, length, text. */
function frame({ at, stream, text }: Printed, stamped: boolean): Buffer {
  const payload = Buffer.from(`${stamped ? `${new Date(at).toISOString()} ` : ''}${text}\n`);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream === 'stderr' ? 2 : 1, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}
