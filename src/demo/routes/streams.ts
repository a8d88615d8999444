import { ApiError } from '../errors';
import type { ProgramView } from '../exec';
import type { Container, LogLine } from '../model';
import { getContainer } from './containers';
import { flag, noContent, ok, optionalNumber, route, type Route, type RouteContext, type RouteResponse } from './route';

/** What a container has printed, and with `follow` what it goes on to print until it is down. */
function logs(call: RouteContext): RouteResponse {
  const { core, query } = call;
  const container = getContainer(call);
  const stamped = query.get('timestamps') === 'true';
  const write = (sink: { write(chunk: Buffer): void }, line: LogLine): void => {
    if (query.get(line.stream) !== 'false') sink.write(frame(line, stamped));
  };
  return {
    status: 200,
    contentType: 'application/octet-stream',
    stream: (sink) => {
      for (const line of chosen(linesOf(container), query)) write(sink, line);
      if (!flag(query, 'follow') || container.state !== 'running') return sink.end();
      const read = (line: LogLine): void => write(sink, line);
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

function linesOf(container: Container): LogLine[] {
  if (container.startedAt === undefined) return [];
  const last = container.finishedAt === undefined ? undefined : exitLine(container);
  const start: LogLine = { at: container.startedAt, stream: 'stdout', text: `${container.name} started` };
  const printed = container.printed.filter(({ at }) => at < start.at);
  const since = container.printed.filter(({ at }) => at >= start.at);
  return [...printed, start, ...since, ...(last ? [last] : [])];
}

function exitLine({ finishedAt, name, exitCode }: Container): LogLine | undefined {
  return finishedAt === undefined
    ? undefined
    : { at: finishedAt, stream: 'stdout', text: `${name} exited with ${exitCode}` };
}

function chosen(lines: readonly LogLine[], query: URLSearchParams): readonly LogLine[] {
  const since = optionalNumber(query, 'since') ?? 0;
  const late = lines.filter(({ at }) => at >= since * 1000);
  const tail = query.get('tail');
  return tail !== null && /^\d+$/.test(tail) ? late.slice(Math.max(0, late.length - Number(tail))) : late;
}

/** Docker's multiplexed frame: stream, three zeros, length, text. */
function frame({ at, stream, text }: LogLine, stamped: boolean): Buffer {
  const payload = Buffer.from(`${stamped ? `${new Date(at).toISOString()} ` : ''}${text}\n`);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream === 'stderr' ? 2 : 1, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

export const programRoutes: Route[] = [
  route('POST', '/libpod/containers/{id}/exec', create),
  route('POST', '/libpod/exec/{id}/start', start),
  route('POST', '/libpod/exec/{id}/resize', resize),
  route('GET', '/libpod/exec/{id}/json', inspect),
  route('HEAD', '/libpod/containers/{id}/archive', stat),
  route('GET', '/libpod/containers/{id}/logs', logs),
];

function create(call: RouteContext): RouteResponse {
  const { Cmd: command, Tty: tty } = (call.body ?? {}) as { Cmd?: string[]; Tty?: boolean };
  const program = call.core.programs.create(getContainer(call), command ?? [], tty ?? false);
  return { status: 201, json: { Id: program.id } };
}

/** Nobody reads what a detached program prints; all others hand their connection over. */
function start({ core, params, body }: RouteContext): RouteResponse {
  const program = core.programs.find(params['id'] ?? '');
  if (program.state !== 'created')
    throw new ApiError(409, 'container state improper', 'the session was started already');
  const { Detach: detached, h: rows, w: columns } = (body ?? {}) as { Detach?: boolean; h?: number; w?: number };
  if (detached) {
    core.programs.startDetached(program);
    return { status: 200 };
  }
  return {
    status: 101,
    upgrade: (view: ProgramView) => {
      core.programs.start(program, view, { columns: columns ?? 80, rows: rows ?? 24 });
      return (typed) => program.shell?.type(typed);
    },
  };
}

function resize({ core, params, query }: RouteContext): RouteResponse {
  const { shell } = core.programs.find(params['id'] ?? '');
  shell?.resize({ columns: optionalNumber(query, 'w') ?? 80, rows: optionalNumber(query, 'h') ?? 24 });
  return { status: 201 };
}

function inspect({ core, params }: RouteContext): RouteResponse {
  const { id, container, state, exitCode, pid, command, tty } = core.programs.find(params['id'] ?? '');
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

/** Every container's image is the same busybox, with nothing else in it. */
function stat(call: RouteContext): RouteResponse {
  getContainer(call);
  if (call.query.get('path') !== '/busybox') throw new ApiError(404, 'no such file or directory');
  const about = { name: 'busybox', size: 1, mode: 493, isDir: false, linkTarget: '/busybox' };
  const header = Buffer.from(JSON.stringify(about)).toString('base64');
  return { ...noContent, status: 200, headers: { 'X-Docker-Container-Path-Stat': header } };
}
