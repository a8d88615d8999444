import path from 'node:path';
import type { TlsFiles } from '../address';
import type { Surroundings } from './discover';
import { type Destination, type Destinations, UnreadableFile } from './files/destination';
import { contextFolder, currentContext, dockerContext } from './files/docker';
import { containersConf, merge, podmanConnections } from './files/podman';

/** A configuration file that was left out, or part of it. */
export interface Problem {
  readonly file: string;
  /** Technical English, for the log. */
  readonly why: string;
}

const none: Destinations = { all: [], current: undefined };

/** The connections that the configuration of Podman and Docker names. What one file holds never keeps another from being read. */
export class Configured {
  readonly problems: Problem[] = [];

  constructor(private readonly around: Surroundings) {}

  /**
   * From `containers.conf`, in the order in which Podman reads its places, and from what `podman system connection` wrote.
   * `CONTAINER_CONNECTION` chooses the current one.
   */
  podman(): Destinations {
    const { env } = this.around;
    const conf = this.confFiles().map((file) => {
      const { unreadable, ...found } = this.read(file, containersConf) ?? none;
      if (unreadable !== undefined) this.problems.push({ file, why: unreadable });
      return found;
    });
    const written = env['PODMAN_CONNECTIONS_CONF'] || this.join(this.ownFolder(), 'podman-connections.json');
    const found = merge([...conf, this.read(written, podmanConnections) ?? none]);
    return { ...found, current: env['CONTAINER_CONNECTION'] || found.current };
  }

  /** Docker's contexts; `DOCKER_CONTEXT` chooses the current one. */
  docker(): Destinations {
    const { env } = this.around;
    const folder = this.dockerFolder();
    const meta = this.join(folder, 'contexts', 'meta');
    const all = this.around.readdir(meta).flatMap((name) => {
      const found = this.read(this.join(meta, name, 'meta.json'), dockerContext);
      return found ? [this.withFiles(found)] : [];
    });
    const chosen = env['DOCKER_CONTEXT'] || this.read(this.join(folder, 'config.json'), currentContext);
    return { all, current: chosen };
  }

  /** `ca.pem`, `cert.pem` and `key.pem` where Docker's command line takes them from: `DOCKER_CERT_PATH`, else its own folder. */
  dockerFiles(): TlsFiles {
    return this.tlsFilesIn(this.around.env['DOCKER_CERT_PATH'] || this.dockerFolder());
  }

  private withFiles(context: Destination): Destination {
    const folder = this.join(this.dockerFolder(), 'contexts', 'tls', contextFolder(context.name), 'docker');
    return { ...context, files: this.tlsFilesIn(folder) };
  }

  private tlsFilesIn(folder: string): TlsFiles {
    const there = new Set(this.around.readdir(folder));
    const file = (name: string) => (there.has(name) ? this.join(folder, name) : undefined);
    return { ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
  }

  private read<T>(file: string, as: (content: string) => T): T | undefined {
    try {
      const content = this.around.readFile(file);
      return content === undefined ? undefined : as(content);
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'it cannot be read';
      this.problems.push({ file, why: thrown instanceof UnreadableFile ? thrown.message : code });
      return undefined;
    }
  }

  /** Least important first. `CONTAINERS_CONF` stands in place of all but `CONTAINERS_CONF_OVERRIDE`. */
  private confFiles(): readonly string[] {
    const { env, platform } = this.around;
    const override = env['CONTAINERS_CONF_OVERRIDE'] ? [env['CONTAINERS_CONF_OVERRIDE']] : [];
    if (env['CONTAINERS_CONF']) return [env['CONTAINERS_CONF'], ...override];
    const system = platform === 'win32' ? [] : ['/usr/share/containers', '/etc/containers'];
    return [...[...system, this.ownFolder()].flatMap((folder) => this.confFilesIn(folder)), ...override];
  }

  private confFilesIn(folder: string): string[] {
    const dropIns = this.join(folder, 'containers.conf.d');
    const names = this.around.readdir(dropIns).filter((name) => name.endsWith('.conf'));
    return [this.join(folder, 'containers.conf'), ...names.sort().map((name) => this.join(dropIns, name))];
  }

  private ownFolder(): string {
    const { env, home, platform } = this.around;
    if (platform === 'win32') return this.join(env['APPDATA'] || this.join(home, 'AppData', 'Roaming'), 'containers');
    return this.join(env['XDG_CONFIG_HOME'] || this.join(home, '.config'), 'containers');
  }

  private dockerFolder(): string {
    return this.around.env['DOCKER_CONFIG'] || this.join(this.around.home, '.docker');
  }

  private join(...parts: string[]): string {
    return (this.around.platform === 'win32' ? path.win32 : path.posix).join(...parts);
  }
}
