import { parse, TomlError } from 'smol-toml';
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { TlsFiles } from '../address';
import { asObject, asTrimmed, isObject, type JsonObject, tryParseJson } from '../../graph/model/untrusted';
import type { HostEnvironment } from './hostEnvironment';

/** A connection from another tool's configuration, with an unparsed address. */
export interface ConfiguredConnection {
  readonly name: string;
  readonly address: string;
  /** Private key file for ssh. */
  readonly identity?: string | undefined;
  readonly files?: TlsFiles | undefined;
  /** Whether it is a virtual machine of the tool, which may be switched off. */
  readonly isMachine?: boolean | undefined;
}

export interface ConfiguredConnections {
  readonly all: readonly ConfiguredConnection[];
  /** Name of the tool's default connection. */
  readonly current: string | undefined;
  /** Why part of the file was skipped. Never quotes the file, which may contain secrets. */
  readonly unreadable?: string | undefined;
}

/** A configuration file with invalid content. The message never quotes it, since it may contain secrets. */
class ConfigParseError extends Error {
  override readonly name = 'ConfigParseError';
}

/** Parses a JSON object. Does not pass on the parser's message, which quotes the file. */
function parseJsonFile(content: string): JsonObject {
  // Editors on Windows add a byte order mark.
  const value = tryParseJson(content.replace(/^\uFEFF/, ''));
  if (isObject(value)) return value;
  throw new ConfigParseError(value === undefined ? 'it is not JSON' : 'it does not hold a JSON object');
}

/** The selected context in Docker's `config.json`; undefined for the built-in one. */
function currentContext(content: string): string | undefined {
  const name = asTrimmed(parseJsonFile(content)['currentContext']);
  return name === 'default' ? undefined : name;
}

/**
 * Parses `contexts/meta/<sha256 of the name>/meta.json`: `{"Name": "box", "Endpoints": {"docker": {"Host":
 * "ssh://…"}}}`. Undefined without an engine address (Kubernetes contexts of old versions).
 */
function dockerContext(content: string): ConfiguredConnection | undefined {
  const meta = parseJsonFile(content);
  const address = asTrimmed(asObject(asObject(meta['Endpoints'])['docker'])['Host']);
  const name = asTrimmed(meta['Name']);
  return name && address ? { name, address } : undefined;
}

/** Name of a context's folder. */
function contextFolder(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/**
 * Parses `podman-connections.json`, written by `podman system connection`: `{"Connection": {"Default": "box",
 * "Connections": {"box": {"URI": "ssh://…", "Identity": "…", "IsMachine": true}}}}`.
 */
function podmanConnections(content: string): ConfiguredConnections {
  const { Default, Connections } = asObject(parseJsonFile(content)['Connection']);
  const all = Object.entries(asObject(Connections)).flatMap(([name, value]) => {
    const { URI, Identity, IsMachine, TLSCA, TLSCert, TLSKey } = asObject(value);
    return toConnection(name, [URI, Identity, IsMachine, TLSCA, TLSCert, TLSKey]);
  });
  return { all, current: asTrimmed(Default) };
}

/**
 * Parses `[engine.service_destinations.NAME]` and `engine.active_service` of `containers.conf`. Invalid parts are
 * reported in `unreadable`; the others are used.
 */
function parseContainersConf(content: string): ConfiguredConnections {
  const withoutMark = content.replace(/^\uFEFF/, '');
  try {
    return readEngineTable(parseToml(withoutMark));
  } catch (thrown) {
    const parts = parseValidTables(withoutMark).map(readEngineTable);
    return {
      ...mergeConnections(parts),
      unreadable: thrown instanceof TomlError ? positionOf(thrown) : 'it is not TOML',
    };
  }
}

function readEngineTable(file: JsonObject): ConfiguredConnections {
  const engine = asObject(file['engine']);
  const all = Object.entries(asObject(engine['service_destinations'])).flatMap(([name, value]) => {
    const { uri, identity, is_machine, tls_ca, tls_cert, tls_key } = asObject(value);
    return toConnection(name, [uri, identity, is_machine, tls_ca, tls_cert, tls_key]);
  });
  return { all, current: asTrimmed(engine['active_service']) };
}

type Values = readonly [uri: unknown, identity: unknown, isMachine: unknown, ca: unknown, cert: unknown, key: unknown];

function toConnection(name: string, [uri, identity, isMachine, ca, cert, key]: Values): ConfiguredConnection[] {
  const address = asTrimmed(uri);
  if (!address) return [];
  const files = { ca: asTrimmed(ca), cert: asTrimmed(cert), key: asTrimmed(key) };
  return [{ name, address, identity: asTrimmed(identity), files, isMachine: isMachine === true }];
}

/** Go's integers have 64 bits, more than a JavaScript number. */
function parseToml(content: string): JsonObject {
  return asObject(parse(content, { integersAsBigInt: 'asNeeded' }));
}

/** Only the position: the parser's message quotes the line, which may contain a secret. */
function positionOf({ line, column }: TomlError): string {
  return `it is not TOML (line ${line}, column ${column})`;
}

/** Parses the valid tables of an invalid file, and the valid lines of the others. */
function parseValidTables(content: string): JsonObject[] {
  const tables = content.split(/^(?=[ \t]*\[)/m).filter((one) => one.trim() !== '');
  return tables.flatMap((one) => {
    const whole = tryToml(one);
    if (whole) return [whole];
    const lines = one.split('\n');
    const header = /^[ \t]*\[/.test(lines[0] ?? '') ? (lines.shift() ?? '') : '';
    if (!tryToml(header)) return [];
    // Parse the valid lines of a table together: they form one connection.
    return [tryToml([header, ...lines.filter((line) => tryToml(`${header}\n${line}`))].join('\n')) ?? {}];
  });
}

function tryToml(content: string): JsonObject | undefined {
  try {
    return parseToml(content);
  } catch {
    return undefined;
  }
}

/** Later files override earlier ones by name, as in Podman. */
function mergeConnections(lists: readonly ConfiguredConnections[]): ConfiguredConnections {
  const all = new Map(lists.flatMap((one) => one.all.map((entry) => [entry.name, entry] as const)));
  return { all: [...all.values()], current: lists.findLast(({ current }) => current !== undefined)?.current };
}

/** A configuration file that was skipped, or a part of it. */
export interface ConfigWarning {
  readonly file: string;
  /** Not translated: for the log. */
  readonly message: string;
}

const none: ConfiguredConnections = { all: [], current: undefined };

/** Reads the connections configured for Podman and Docker. An invalid file does not affect the others. */
export class ConfigFileReader {
  readonly warnings: ConfigWarning[] = [];

  constructor(private readonly host: HostEnvironment) {}

  /**
   * From `containers.conf` files in Podman's order, and `podman-connections.json`. `CONTAINER_CONNECTION` selects the
   * default.
   */
  podman(): ConfiguredConnections {
    const { env } = this.host;
    const conf = this.confFiles().map((file) => {
      const { unreadable, ...found } = this.read(file, parseContainersConf) ?? none;
      if (unreadable !== undefined) this.warnings.push({ file, message: unreadable });
      return found;
    });
    const connectionsFile =
      env['PODMAN_CONNECTIONS_CONF'] || this.join(this.userConfigFolder(), 'podman-connections.json');
    const found = mergeConnections([...conf, this.read(connectionsFile, podmanConnections) ?? none]);
    return { ...found, current: env['CONTAINER_CONNECTION'] || found.current };
  }

  /** Docker's contexts; `DOCKER_CONTEXT` selects the default. */
  docker(): ConfiguredConnections {
    const { env } = this.host;
    const dir = this.dockerConfigFolder();
    const meta = this.join(dir, 'contexts', 'meta');
    const all = this.host.readdir(meta).flatMap((name) => {
      const found = this.read(this.join(meta, name, 'meta.json'), dockerContext);
      return found ? [this.withTls(found)] : [];
    });
    const current = env['DOCKER_CONTEXT'] || this.read(this.join(dir, 'config.json'), currentContext);
    return { all, current };
  }

  /** `ca.pem`, `cert.pem` and `key.pem` from `DOCKER_CERT_PATH`, by default from Docker's configuration folder. */
  dockerTlsFiles(): TlsFiles {
    return this.tlsFilesIn(this.host.env['DOCKER_CERT_PATH'] || this.dockerConfigFolder());
  }

  private withTls(context: ConfiguredConnection): ConfiguredConnection {
    const dir = this.join(this.dockerConfigFolder(), 'contexts', 'tls', contextFolder(context.name), 'docker');
    return { ...context, files: this.tlsFilesIn(dir) };
  }

  /** `ca.pem`, `cert.pem` and `key.pem` in a folder, as far as they exist. */
  tlsFilesIn(dir: string): TlsFiles {
    const names = new Set(this.host.readdir(dir));
    const file = (name: string) => (names.has(name) ? this.join(dir, name) : undefined);
    return { ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
  }

  private read<T>(file: string, as: (content: string) => T): T | undefined {
    try {
      const content = this.host.readFile(file);
      return content === undefined ? undefined : as(content);
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'it cannot be read';
      this.warnings.push({ file, message: thrown instanceof ConfigParseError ? thrown.message : code });
      return undefined;
    }
  }

  /** Lowest precedence first. `CONTAINERS_CONF` replaces all but `CONTAINERS_CONF_OVERRIDE`. */
  private confFiles(): readonly string[] {
    const { env, platform } = this.host;
    const override = env['CONTAINERS_CONF_OVERRIDE'] ? [env['CONTAINERS_CONF_OVERRIDE']] : [];
    if (env['CONTAINERS_CONF']) return [env['CONTAINERS_CONF'], ...override];
    const system = platform === 'win32' ? [] : ['/usr/share/containers', '/etc/containers'];
    return [...[...system, this.userConfigFolder()].flatMap((dir) => this.confFilesIn(dir)), ...override];
  }

  private confFilesIn(dir: string): string[] {
    const dropIns = this.join(dir, 'containers.conf.d');
    const names = this.host.readdir(dropIns).filter((name) => name.endsWith('.conf'));
    return [this.join(dir, 'containers.conf'), ...names.sort().map((name) => this.join(dropIns, name))];
  }

  private userConfigFolder(): string {
    const { env, home, platform } = this.host;
    if (platform === 'win32') return this.join(env['APPDATA'] || this.join(home, 'AppData', 'Roaming'), 'containers');
    return this.join(env['XDG_CONFIG_HOME'] || this.join(home, '.config'), 'containers');
  }

  private dockerConfigFolder(): string {
    return this.host.env['DOCKER_CONFIG'] || this.join(this.host.home, '.docker');
  }

  private join(...parts: string[]): string {
    return (this.host.platform === 'win32' ? path.win32 : path.posix).join(...parts);
  }
}
