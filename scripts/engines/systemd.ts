import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Finished } from '../process';
import { containersConf, INSIDE_SOCKETS, storageConf, type Surroundings } from './configuration';
import type { Namespaces } from './namespaces';
import { ROOTLESS_USER } from './rootless';

/** How long systemd may take to boot, in milliseconds: usually 10 s, with two cores that do other things too. */
const BOOT_DEADLINE = 120_000;

/** The systemd of a private engine. Unit files go with the engine. */
export interface PrivateSystemd {
  /** Runs `systemctl` inside: `systemctl(['daemon-reload'])`. */
  systemctl(args: readonly string[]): Promise<Finished>;
  /** Runs any program as root inside, `input` on its standard input. */
  run(command: readonly string[], input?: string): Promise<Finished>;
  /** Writes a Quadlet file (`web.container`) for root, and lets systemd read its units again. */
  writeQuadlet(name: string, text: string): Promise<void>;
  /** Writes a unit file (`backup.service`), and lets systemd read its units again. */
  writeUnit(name: string, text: string): Promise<void>;
}

const unitLink = (folder: string, name: string, to: string) => symlinkSync(to, path.join(folder, name));

/** Writes what the engine's layer over the prepared system holds: configuration, the socket's address, units that are off. */
export function systemdFiles(upper: string, surroundings: Surroundings): void {
  const write = (name: string, text: string) => {
    const file = path.join(upper, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  write('etc/containers/containers.conf', containersConf(surroundings));
  write('etc/containers/storage.conf', storageConf(surroundings));
  write(
    'etc/systemd/system/podman.socket.d/podgraph.conf',
    `[Socket]\nListenStream=\nListenStream=${INSIDE_SOCKETS}/podman.sock\nSocketMode=0600\n`,
  );
  // An idle service that exits would close the event streams of its clients.
  write(
    'etc/systemd/system/podman.service.d/podgraph.conf',
    '[Service]\nExecStart=\nExecStart=/usr/bin/podman --log-level=warn system service --time=0\n',
  );
  write('etc/machine-id', '');
  const system = path.join(upper, 'etc/systemd/system');
  for (const name of ['podman-auto-update.timer', 'apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer'])
    unitLink(system, name, '/dev/null');
  for (const name of ['systemd-networkd-wait-online.service', 'console-getty.service', 'getty.target', 'tmp.mount'])
    unitLink(system, name, '/dev/null');
  write(`var/lib/systemd/linger/${ROOTLESS_USER.name}`, '');
}

function must(done: Finished, command: string): Finished {
  if (done.code !== 0) throw new Error(`${command}: ${done.stderr.trim() || done.stdout.trim()}`);
  return done;
}

/** The systemd that boots in these namespaces. */
export function bootSystemd(namespaces: Namespaces, sockets: string) {
  const run = (command: readonly string[], input?: string) =>
    namespaces.enter(command, input === undefined ? undefined : Buffer.from(input));
  const systemctl = (args: readonly string[]) => run(['systemctl', ...args]);
  const write = async (file: string, text: string) => {
    const script = 'mkdir -p "$(dirname "$0")" && cat > "$0"';
    must(await run(['/bin/sh', '-c', script, file], text), `write ${file}`);
    must(await systemctl(['daemon-reload']), 'systemctl daemon-reload');
  };

  const boot = async () => {
    const until = Date.now() + BOOT_DEADLINE;
    for (;;) {
      const { stdout } = await systemctl(['is-system-running', '--wait']);
      const state = stdout.trim();
      if (state === 'running' || state === 'degraded') break;
      if (Date.now() > until) throw new Error(`systemd has not booted: ${state || 'it does not answer'}`);
      await pause(100); // its bus is not there yet
    }
    // Files that callers put beside the socket have the same path inside.
    const mount = `mkdir -p "${sockets}" && mount --bind ${INSIDE_SOCKETS} "${sockets}"`;
    must(await run(['/bin/sh', '-c', mount]), 'mount of the sockets');
  };
  const systemd: PrivateSystemd = {
    systemctl,
    run,
    writeQuadlet: (name, text) => write(`/etc/containers/systemd/${name}`, text),
    writeUnit: (name, text) => write(`/etc/systemd/system/${name}`, text),
  };
  return {
    ...systemd,
    booted: boot(),
    serve: async () => void must(await systemctl(['restart', 'podman.socket']), 'systemctl restart podman.socket'),
    kill: async () => {
      await systemctl(['stop', 'podman.socket']);
      await systemctl(['kill', '--kill-whom=main', '--signal=SIGKILL', 'podman.service']);
      await systemctl(['stop', 'podman.service']);
    },
  };
}
