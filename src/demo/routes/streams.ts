import { ApiError } from '../errors';
import type { ExecConnection } from '../exec';
import type { Container, StoredLogLine } from '../model';
import { getContainer } from './containers';
import { flag, noContent, ok, optionalNumber, route, type Route, type RouteContext, type RouteResponse } from './route';

/** A container's log; with `follow`, until it exits. */
function logs(context: RouteContext): RouteResponse {
  const { core, query } = context;
  const container = getContainer(context);
  const withTimestamps = query.get('timestamps') === 'true';
  const write = (sink: { write(chunk: Buffer): void }, line: StoredLogLine): void => {
    if (query.get(line.stream) !== 'false') sink.write(frame(line, withTimestamps));
  };
  return {
    status: 200,
    contentType: 'application/octet-stream',
    stream: (sink) => {
      for (const line of select(linesOf(container), query)) write(sink, line);
      if (!flag(query, 'follow') || container.state !== 'running') return sink.end();
      const read = (line: StoredLogLine): void => write(sink, line);
      container.logReaders.add(read);
      sink.onClose(() => container.logReaders.delete(read));
      void core.lifecycle.nextExit(container).then(() => {
        const last = exitLine(container);
        if (last) read(last);
        sink.end();
      });
    },
  };
}

function linesOf(container: Container): StoredLogLine[] {
  if (container.startedAt === undefined) return [];
  const last = container.finishedAt === undefined ? undefined : exitLine(container);
  const start: StoredLogLine = { at: container.startedAt, stream: 'stdout', text: `${container.name} started` };
  const earlier = container.logLines.filter(({ at }) => at < start.at);
  const later = container.logLines.filter(({ at }) => at >= start.at);
  return [...earlier, start, ...later, ...(last ? [last] : [])];
}

function exitLine({ finishedAt, name, exitCode }: Container): StoredLogLine | undefined {
  return finishedAt === undefined
    ? undefined
    : { at: finishedAt, stream: 'stdout', text: `${name} exited with ${exitCode}` };
}

function select(lines: readonly StoredLogLine[], query: URLSearchParams): readonly StoredLogLine[] {
  const since = optionalNumber(query, 'since') ?? 0;
  const recent = lines.filter(({ at }) => at >= since * 1000);
  const tail = query.get('tail');
  return tail !== null && /^\d+$/.test(tail) ? recent.slice(Math.max(0, recent.length - Number(tail))) : recent;
}

/** Docker's multiplexed frame: stream, three zero bytes, length, text. */
function frame({ at, stream, text }: StoredLogLine, withTimestamps: boolean): Buffer {
  const payload = Buffer.from(`${withTimestamps ? `${new Date(at).toISOString()} ` : ''}${text}\n`);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream === 'stderr' ? 2 : 1, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

export const execRoutes: Route[] = [
  route('POST', '/libpod/containers/{id}/exec', create),
  route('POST', '/libpod/exec/{id}/start', start),
  route('POST', '/libpod/exec/{id}/resize', resize),
  route('GET', '/libpod/exec/{id}/json', inspect),
  route('HEAD', '/libpod/containers/{id}/archive', stat),
  route('GET', '/libpod/containers/{id}/logs', logs),
];

function create(context: RouteContext): RouteResponse {
  const { Cmd: command, Tty: tty } = (context.body ?? {}) as { Cmd?: string[]; Tty?: boolean };
  const session = context.core.execSessions.create(getContainer(context), command ?? [], tty ?? false);
  return { status: 201, json: { Id: session.id } };
}

/** Attached sessions upgrade the connection. */
function start({ core, params, body }: RouteContext): RouteResponse {
  const session = core.execSessions.find(params['id'] ?? '');
  if (session.state !== 'created')
    throw new ApiError(409, 'container state improper', 'the session was started already');
  const { Detach: detached, h: rows, w: columns } = (body ?? {}) as { Detach?: boolean; h?: number; w?: number };
  if (detached) {
    core.execSessions.startDetached(session);
    return { status: 200 };
  }
  return {
    status: 101,
    upgrade: (connection: ExecConnection) => {
      core.execSessions.start(session, connection, { columns: columns ?? 80, rows: rows ?? 24 });
      return (input) => session.shell?.type(input);
    },
  };
}

function resize({ core, params, query }: RouteContext): RouteResponse {
  const { shell } = core.execSessions.find(params['id'] ?? '');
  shell?.resize({ columns: optionalNumber(query, 'w') ?? 80, rows: optionalNumber(query, 'h') ?? 24 });
  return { status: 201 };
}

function inspect({ core, params }: RouteContext): RouteResponse {
  const { id, container, state, exitCode, pid, command, tty } = core.execSessions.find(params['id'] ?? '');
  const running = state === 'running';
  return ok({
    CanRemove: state === 'ended',
    ContainerID: container.id,
    DetachKeys: '',
    ExitCode: exitCode,
    ID: id,
    OpenStderr: true,
    OpenStdin: true,
    OpenStdout: true,
    Running: running,
    Pid: running ? 1000 + pid : 0,
    ProcessConfig: { arguments: command.slice(1), entrypoint: command[0] ?? '', privileged: false, tty, user: '' },
  });
}

/** All images contain only busybox. */
function stat(context: RouteContext): RouteResponse {
  getContainer(context);
  if (context.query.get('path') !== '/busybox') throw new ApiError(404, 'no such file or directory');
  const about = { name: 'busybox', size: 1, mode: 493, isDir: false, linkTarget: '/busybox' };
  const header = Buffer.from(JSON.stringify(about)).toString('base64');
  return { ...noContent, status: 200, headers: { 'X-Docker-Container-Path-Stat': header } };
}
