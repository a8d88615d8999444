import type { ProgramView } from '../programs';
import { Refusal } from '../refusals';
import { containerOf } from './containers';
import { logs } from './logs';
import { noContent, ok, optionalNumber, route } from './route';
import type { Answer, Call, Route } from './route';

export const programRoutes: Route[] = [
  route('POST', '/libpod/containers/{id}/exec', create),
  route('POST', '/libpod/exec/{id}/start', start),
  route('POST', '/libpod/exec/{id}/resize', resize),
  route('GET', '/libpod/exec/{id}/json', inspect),
  route('HEAD', '/libpod/containers/{id}/archive', stat),
  route('GET', '/libpod/containers/{id}/logs', logs),
];

function create(call: Call): Answer {
  const { Cmd: command, Tty: tty } = (call.body ?? {}) as { Cmd?: string[]; Tty?: boolean };
  const program = call.core.programs.create(containerOf(call), command ?? [], tty ?? false);
  return { status: 201, json: { Id: program.id } };
}

/** Nobody reads what a detached program prints; all others hand their connection over. */
function start({ core, params, body }: Call): Answer {
  const program = core.programs.find(params['id'] ?? '');
  if (program.state !== 'created')
    throw new Refusal(409, 'container state improper', 'the session was started already');
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

function resize({ core, params, query }: Call): Answer {
  const { shell } = core.programs.find(params['id'] ?? '');
  shell?.resize({ columns: optionalNumber(query, 'w') ?? 80, rows: optionalNumber(query, 'h') ?? 24 });
  return { status: 201 };
}

function inspect({ core, params }: Call): Answer {
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
function stat(call: Call): Answer {
  containerOf(call);
  if (call.query.get('path') !== '/busybox') throw new Refusal(404, 'no such file or directory');
  const about = { name: 'busybox', size: 1, mode: 493, isDir: false, linkTarget: '/busybox' };
  const header = Buffer.from(JSON.stringify(about)).toString('base64');
  return { ...noContent, status: 200, headers: { 'X-Docker-Container-Path-Stat': header } };
}
