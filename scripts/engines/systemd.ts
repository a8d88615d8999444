import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Finished } from '../process';
import { containersConf, INSIDE_SOCKETS, storageConf, type EngineConfiguration } from './configuration';
import { hostnameOf, type Namespaces } from './namespaces';
import { imageTar } from './prepare';
import { ROOTLESS_USER, USER_HOME } from './rootless';

/** Milliseconds within which systemd assertSuccess boot; usually 10 s on two busy cores. */
const BOOT_DEADLINE = 120_000;

/** A systemd manager of an isolated engine: the system's or its user's. */
export interface SystemdManager {
  /** Its folder of Quadlet files. */
  readonly quadlets: string;
  /** Runs `systemctl` inside: `systemctl(['start', 'web.service'])`. */
  systemctl(args: readonly string[]): Promise<Finished>;
  /** Runs any program inside as the manager's user, `input` on its standard input. */
  run(command: readonly string[], input?: string | Uint8Array): Promise<Finished>;
  /** Writes a Quadlet file (`web.container`) and reloads systemd. */
  writeQuadlet(name: string, text: string): Promise<void>;
  /** Writes a unit file (`backup.service`) and reloads systemd. */
  writeUnit(name: string, text: string): Promise<void>;
}

/** Rootless Podman of a lingering user with its own manager (`systemctl --user`). */
export interface SystemdUser extends SystemdManager {
  readonly socket: string;
  /** The user's command line, in a scope of the user's manager. */
  cli(args: readonly string[], input?: Uint8Array): Promise<Finished>;
}

/** The systemd of an isolated engine. Unit files are removed with the engine. */
export interface EngineSystemd extends SystemdManager {
  /** Also starts the user's Podman, with the image `localhost/bb:1`. */
  startUser(): Promise<SystemdUser>;
}

/** An idle service that exits would close the event streams of its clients. */
const SERVICE = '[Service]\nExecStart=\nExecStart=/usr/bin/podman --log-level=warn system service --time=0\n';

const unitLink = (folder: string, name: string, to: string) => symlinkSync(to, path.join(folder, name));

/** Writes the engine's overlay over the rootfs: configuration, socket address, disabled units. */
export function systemdFiles(runFolder: string, configuration: EngineConfiguration): void {
  const upper = path.join(runFolder, 'upper');
  const write = (name: string, text: string) => {
    const file = path.join(upper, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  write('etc/containers/containers.conf', containersConf(configuration));
  write('etc/containers/storage.conf', storageConf(configuration));
  write(
    'etc/systemd/system/podman.socket.d/podgraph.conf',
    `[Socket]\nListenStream=\nListenStream=${INSIDE_SOCKETS}/podman.sock\nSocketMode=0600\n`,
  );
  write('etc/systemd/system/podman.service.d/podgraph.conf', SERVICE);
  write('etc/machine-id', '');
  write('etc/hostname', `${hostnameOf(runFolder)}\n`);
  const system = path.join(upper, 'etc/systemd/system');
  for (const name of ['podman-auto-update.timer', 'apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer'])
    unitLink(system, name, '/dev/null');
  for (const name of ['systemd-networkd-wait-online.service', 'console-getty.service', 'getty.target', 'tmp.mount'])
    unitLink(system, name, '/dev/null');
  write(`var/lib/systemd/linger/${ROOTLESS_USER.name}`, '');
}

function assertSuccess(done: Finished, command: string): Finished {
  if (done.code !== 0) throw new Error(`${command}: ${done.stderr.trim() || done.stdout.trim()}`);
  return done;
}

/** Starts programs as the user, in the environment of a login. */
function asUser(command: readonly string[]): readonly string[] {
  const id = String(ROOTLESS_USER.id);
  const runtime = `/run/user/${id}`;
  const env = [`HOME=${USER_HOME}`, `XDG_RUNTIME_DIR=${runtime}`, `DBUS_SESSION_BUS_ADDRESS=unix:path=${runtime}/bus`];
  return ['setpriv', '--reuid', id, '--regid', id, '--clear-groups', 'env', ...env, ...command];
}

async function writeFile(run: SystemdManager['run'], file: string, text: string): Promise<void> {
  const script = 'mkdir -p "$(dirname "$0")" && cat > "$0"';
  assertSuccess(await run(['/bin/sh', '-c', script, file], text), `write ${file}`);
}

/** A manager's commands and file locations. */
function manager(
  run: SystemdManager['run'],
  systemctlCommand: readonly string[],
  folders: { readonly quadlets: string; readonly units: string },
): SystemdManager {
  const systemctl = (args: readonly string[]) => run([...systemctlCommand, ...args]);
  const unit = async (file: string, text: string) => {
    await writeFile(run, file, text);
    assertSuccess(await systemctl(['daemon-reload']), 'systemctl daemon-reload');
  };
  return {
    quadlets: folders.quadlets,
    systemctl,
    run,
    writeQuadlet: (name, text) => unit(`${folders.quadlets}/${name}`, text),
    writeUnit: (name, text) => unit(`${folders.units}/${name}`, text),
  };
}

/** The systemd that boots in these namespaces. */
export function bootSystemd(namespaces: Namespaces, sockets: string) {
  const enter = (command: readonly string[], input?: string | Uint8Array) =>
    namespaces.enter(command, typeof input === 'string' ? Buffer.from(input) : input);
  const system = manager(enter, ['systemctl'], { quadlets: '/etc/containers/systemd', units: '/etc/systemd/system' });
  const shell = async (script: string) => assertSuccess(await enter(['/bin/sh', '-c', script]), script);

  const boot = async () => {
    const until = Date.now() + BOOT_DEADLINE;
    for (;;) {
      const { stdout } = await system.systemctl(['is-system-running', '--wait']);
      const state = stdout.trim();
      if (state === 'running' || state === 'degraded') break;
      if (Date.now() > until) throw new Error(`systemd has not booted: ${state || 'no response'}`);
      await pause(100); // its bus is not ready yet
    }
    // Files that callers create next to the socket have the same path inside.
    await shell(`mkdir -p "${sockets}" && mount --bind ${INSIDE_SOCKETS} "${sockets}"`);
  };

  const startUser = async (): Promise<SystemdUser> => {
    const config = `${USER_HOME}/.config`;
    const run: SystemdManager['run'] = (command, input) => enter(asUser(command), input);
    const user = manager(run, ['systemctl', '--user'], {
      quadlets: `${config}/containers/systemd`,
      units: `${config}/systemd/user`,
    });
    const { id } = ROOTLESS_USER;
    await shell(
      `mkdir -p ${INSIDE_SOCKETS}/user && chown ${id}:${id} ${INSIDE_SOCKETS}/user && chmod 711 ${INSIDE_SOCKETS}`,
    );
    // Overrides the system's configuration, whose folders belong to root.
    await writeFile(
      run,
      `${config}/containers/containers.conf`,
      `[network]\nnetwork_config_dir = "${USER_HOME}/networks"\n`,
    );
    const storage = { graphroot: `${USER_HOME}/storage`, runroot: `/run/user/${id}/containers` };
    const lines = Object.entries(storage).map(([name, folder]) => `${name} = "${folder}"\n`);
    await writeFile(run, `${config}/containers/storage.conf`, `[storage]\ndriver = "overlay"\n${lines.join('')}`);
    const socket = `[Socket]\nListenStream=\nListenStream=${INSIDE_SOCKETS}/user/podman.sock\n`;
    await user.writeUnit('podman.socket.d/podgraph.conf', socket);
    await user.writeUnit('podman.service.d/podgraph.conf', SERVICE);
    const scope = ['systemd-run', '--user', '--scope', '--quiet', '--collect'];
    const cli = (args: readonly string[], input?: Uint8Array) => run([...scope, 'podman', ...args], input);
    const image = ['import', '--change', 'CMD ["/busybox","sh"]', '-', 'localhost/bb:1'];
    assertSuccess(await cli(image, await imageTar()), 'podman import');
    assertSuccess(await user.systemctl(['restart', 'podman.socket']), 'systemctl --user restart podman.socket');
    return { ...user, socket: path.join(sockets, 'user', 'podman.sock'), cli };
  };

  let started: Promise<SystemdUser> | undefined;
  return {
    ...system,
    startUser: () => (started ??= startUser()),
    booted: boot(),
    serve: async () =>
      void assertSuccess(await system.systemctl(['restart', 'podman.socket']), 'systemctl restart podman.socket'),
    kill: async () => {
      await system.systemctl(['stop', 'podman.socket']);
      await system.systemctl(['kill', '--kill-whom=main', '--signal=SIGKILL', 'podman.service']);
      await system.systemctl(['stop', 'podman.service']);
    },
  };
}
