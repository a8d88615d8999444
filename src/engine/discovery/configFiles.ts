import { parse, TomlError } from 'smol-toml';
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { TlsFiles } from '../address';
import type { HostEnvironment } from './discover';

/** A connection as another tool's configuration names one, before its address is understood. */
export interface ConfiguredConnection {
  readonly name: string;
  /** As it is written there. */
  readonly address: string;
  /** File of a private key, for ssh. */
  readonly identity?: string | undefined;
  readonly files?: TlsFiles | undefined;
  /** Whether the tool says that this is a virtual machine of its own, which may well be switched off. */
  readonly isMachine?: boolean | undefined;
}

/** What one or several configuration files name. */
export interface ConfiguredConnections {
  readonly all: readonly ConfiguredConnection[];
  /** Name of the one that the tool uses when told nothing. */
  readonly current: string | undefined;
  /** Why part of the file was left out. Says where, never what stands there. */
  readonly unreadable?: string | undefined;
}

/** A configuration file that cannot be read as what it should be. Says where, never what stands there: that may be a secret. */
class ConfigParseError extends Error {
  override readonly name = 'UnreadableFile';
}

/** An object of a parsed file, by name; empty for everything that is none. */
function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A text with something in it. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** A JSON object. The parser's own words would quote the file. */
function parseJsonFile(content: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    // Editors on Windows put a byte order mark in front.
    value = JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch {
    throw new ConfigParseError('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigParseError('it does not hold a JSON object');
  }
  return asObject(value);
}

/** The context that `docker context use` chose, from Docker's `config.json`; undefined for the built-in one. */
function currentContext(content: string): string | undefined {
  const name = text(parseJsonFile(content)['currentContext']);
  return name === 'default' ? undefined : name;
}

/**
 * `contexts/meta/<sha256 of the name>/meta.json`: `{"Name": "box", "Endpoints": {"docker": {"Host": "ssh://…"}}}`. Undefined for
 * one without an engine's address (contexts once named Kubernetes, too).
 */
function dockerContext(content: string): ConfiguredConnection | undefined {
  const meta = parseJsonFile(content);
  const address = text(asObject(asObject(meta['Endpoints'])['docker'])['Host']);
  const name = text(meta['Name']);
  return name && address ? { name, address } : undefined;
}

/** The folder in which Docker keeps what belongs to a context. */
function contextDirName(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/**
 * `podman-connections.json`, which `podman system connection` writes:
 * `{"Connection": {"Default": "box", "Connections": {"box": {"URI": "ssh://…", "Identity": "…", "IsMachine": true}}}}`.
 */
function podmanConnections(content: string): ConfiguredConnections {
  const { Default, Connections } = asObject(parseJsonFile(content)['Connection']);
  const all = Object.entries(asObject(Connections)).flatMap(([name, value]) => {
    const { URI, Identity, IsMachine, TLSCA, TLSCert, TLSKey } = asObject(value);
    return destination(name, [URI, Identity, IsMachine, TLSCA, TLSCert, TLSKey]);
  });
  return { all, current: text(Default) };
}

/**
 * Of `containers.conf` the tables `[engine.service_destinations.NAME]` and the key `engine.active_service`. What cannot be read
 * is left out and named; it keeps nothing else from being read.
 */
function parseContainersConf(content: string): ConfiguredConnections {
  const written = content.replace(/^\uFEFF/, '');
  try {
    return enginePart(parseToml(written));
  } catch (thrown) {
    const parts = readableDeps(written).map(enginePart);
    return {
      ...mergeDestinations(parts),
      unreadable: thrown instanceof TomlError ? whereOf(thrown) : 'it is not TOML',
    };
  }
}

function enginePart(file: Readonly<Record<string, unknown>>): ConfiguredConnections {
  const engine = asObject(file['engine']);
  const all = Object.entries(asObject(engine['service_destinations'])).flatMap(([name, value]) => {
    const { uri, identity, is_machine, tls_ca, tls_cert, tls_key } = asObject(value);
    return destination(name, [uri, identity, is_machine, tls_ca, tls_cert, tls_key]);
  });
  return { all, current: text(engine['active_service']) };
}

type Values = readonly [uri: unknown, identity: unknown, isMachine: unknown, ca: unknown, cert: unknown, key: unknown];

function destination(name: string, [uri, identity, isMachine, ca, cert, key]: Values): ConfiguredConnection[] {
  const address = text(uri);
  if (!address) return [];
  const files = { ca: text(ca), cert: text(cert), key: text(key) };
  return [{ name, address, identity: text(identity), files, isMachine: isMachine === true }];
}

/** Go's integers have 64 bits, more than a number can hold. */
function parseToml(content: string): Readonly<Record<string, unknown>> {
  return asObject(parse(content, { integersAsBigInt: 'asNeeded' }));
}

/** The message quotes the line, which may hold a secret. */
function whereOf({ line, column }: TomlError): string {
  return `it is not TOML (line ${line}, column ${column})`;
}

/** The tables of a damaged file that can be read; of the others the lines that can be read by themselves. */
function readableDeps(content: string): Readonly<Record<string, unknown>>[] {
  const tables = content.split(/^(?=[ \t]*\[)/m).filter((one) => one.trim() !== '');
  return tables.flatMap((one) => {
    const whole = tryToml(one);
    if (whole) return [whole];
    const lines = one.split('\n');
    const header = /^[ \t]*\[/.test(lines[0] ?? '') ? (lines.shift() ?? '') : '';
    if (!tryToml(header)) return [];
    // Values of one table belong together: they are read as one, without those that cannot be read.
    return [tryToml([header, ...lines.filter((line) => tryToml(`${header}\n${line}`))].join('\n')) ?? {}];
  });
}

function tryToml(content: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return parseToml(content);
  } catch {
    return undefined;
  }
}

/** Later files win, name by name, as Podman reads them. */
function mergeDestinations(several: readonly ConfiguredConnections[]): ConfiguredConnections {
  const all = new Map(several.flatMap((one) => one.all.map((entry) => [entry.name, entry] as const)));
  return { all: [...all.values()], current: several.findLast(({ current }) => current !== undefined)?.current };
}

/** A configuration file that was left out, or part of it. */
export interface ConfigWarning {
  readonly file: string;
  /** Technical English, for the log. */
  readonly message: string;
}

const none: ConfiguredConnections = { all: [], current: undefined };

/** The connections that the configuration of Podman and Docker names. What one file holds never keeps another from being read. */
export class ConfigFileReader {
  readonly problems: ConfigWarning[] = [];

  constructor(private readonly around: HostEnvironment) {}

  /**
   * From `containers.conf`, in the order in which Podman reads its places, and from what `podman system connection` wrote.
   * `CONTAINER_CONNECTION` chooses the current one.
   */
  podman(): ConfiguredConnections {
    const { env } = this.around;
    const conf = this.confFiles().map((file) => {
      const { unreadable, ...found } = this.read(file, parseContainersConf) ?? none;
      if (unreadable !== undefined) this.problems.push({ file, message: unreadable });
      return found;
    });
    const written = env['PODMAN_CONNECTIONS_CONF'] || this.join(this.ownFolder(), 'podman-connections.json');
    const found = mergeDestinations([...conf, this.read(written, podmanConnections) ?? none]);
    return { ...found, current: env['CONTAINER_CONNECTION'] || found.current };
  }

  /** Docker's contexts; `DOCKER_CONTEXT` chooses the current one. */
  docker(): ConfiguredConnections {
    const { env } = this.around;
    const dir = this.dockerFolder();
    const meta = this.join(dir, 'contexts', 'meta');
    const all = this.around.readdir(meta).flatMap((name) => {
      const found = this.read(this.join(meta, name, 'meta.json'), dockerContext);
      return found ? [this.withFiles(found)] : [];
    });
    const chosen = env['DOCKER_CONTEXT'] || this.read(this.join(dir, 'config.json'), currentContext);
    return { all, current: chosen };
  }

  /** `ca.pem`, `cert.pem` and `key.pem` where Docker's command line takes them from: `DOCKER_CERT_PATH`, else its own folder. */
  dockerFiles(): TlsFiles {
    return this.tlsFilesIn(this.around.env['DOCKER_CERT_PATH'] || this.dockerFolder());
  }

  private withFiles(context: ConfiguredConnection): ConfiguredConnection {
    const dir = this.join(this.dockerFolder(), 'contexts', 'tls', contextDirName(context.name), 'docker');
    return { ...context, files: this.tlsFilesIn(dir) };
  }

  private tlsFilesIn(dir: string): TlsFiles {
    const there = new Set(this.around.readdir(dir));
    const file = (name: string) => (there.has(name) ? this.join(dir, name) : undefined);
    return { ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
  }

  private read<T>(file: string, as: (content: string) => T): T | undefined {
    try {
      const content = this.around.readFile(file);
      return content === undefined ? undefined : as(content);
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'it cannot be read';
      this.problems.push({ file, message: thrown instanceof ConfigParseError ? thrown.message : code });
      return undefined;
    }
  }

  /** Least important first. `CONTAINERS_CONF` stands in place of all but `CONTAINERS_CONF_OVERRIDE`. */
  private confFiles(): readonly string[] {
    const { env, platform } = this.around;
    const override = env['CONTAINERS_CONF_OVERRIDE'] ? [env['CONTAINERS_CONF_OVERRIDE']] : [];
    if (env['CONTAINERS_CONF']) return [env['CONTAINERS_CONF'], ...override];
    const system = platform === 'win32' ? [] : ['/usr/share/containers', '/etc/containers'];
    return [...[...system, this.ownFolder()].flatMap((dir) => this.confFilesIn(dir)), ...override];
  }

  private confFilesIn(dir: string): string[] {
    const dropIns = this.join(dir, 'containers.conf.d');
    const names = this.around.readdir(dropIns).filter((name) => name.endsWith('.conf'));
    return [this.join(dir, 'containers.conf'), ...names.sort().map((name) => this.join(dropIns, name))];
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
