import type { Clock } from '../clock';
import type { EngineId } from '../graph/model/model';
import { asArray, asObject, asString } from '../graph/model/untrusted';
import type { EngineAdapter } from './adapter';
import { DockerAdapter } from './docker';
import type { EngineInfo } from './engine';
import { EngineError } from './error';
import { PodmanAdapter } from './podman';
import { toEngineError } from './responses/errorResponse';
import { parseJson } from './responses/json';
import type { HttpResponse, Transport } from './transport/transport';

/** The adapter for an engine that was detected. */
export function createAdapter(info: EngineInfo, id: EngineId, transport: Transport, clock: Clock): EngineAdapter {
  return info.type === 'podman'
    ? new PodmanAdapter(id, transport, info)
    : new DockerAdapter(id, transport, info, clock);
}

/** libpod's API has the parsed formats since 4.0. */
const OLDEST_PODMAN = 4;

/**
 * The engine from `GET /_ping`: Podman (4.3.1 to 6.1.1) and Docker send type, version and API version as headers,
 * `Server: Libpod/5.8.6 (linux)`, Podman also on its Docker-compatible paths. Undefined without these headers.
 */
export function parsePing(response: HttpResponse): EngineInfo | undefined {
  const [, engine, version] = /^(Libpod|Docker)\/(\d[^\s]*)/.exec(asString(response.headers['server'])) ?? [];
  const apiVersion = asString(response.headers['api-version']);
  if (response.status !== 200 || !version || !isApiVersion(apiVersion)) return undefined;
  return engine === 'Libpod' ? podmanInfo(version, apiVersion) : dockerInfo(version, apiVersion);
}

/**
 * The engine from `GET /version`, for proxies that drop the headers. Podman is listed in `Components`. Throws
 * `malformed` if it is no engine, `unsupported` if it is too old, and the engine's error for another status.
 */
export function parseVersion(response: HttpResponse, engine: EngineId): EngineInfo {
  if (response.status !== 200) throw toEngineError(response, { engine, id: '' });
  const body = asObject(parseJson(response));
  const podman = asArray(body['Components'])
    .map(asObject)
    .find((component) => component['Name'] === 'Podman Engine');
  const version = asString(podman?.['Version']) || asString(body['Version']);
  const apiVersion = asString(body['ApiVersion']);
  if (!version || !isApiVersion(apiVersion)) {
    throw new EngineError('malformed', `${response.request}: a response without an engine version`);
  }
  return podman ? podmanInfo(version, apiVersion) : dockerInfo(version, apiVersion);
}

function isApiVersion(value: string): boolean {
  return /^\d+\.\d+$/.test(value);
}

/** Removes a distribution's suffix: `26.1.5+dfsg1`. */
function stripBuild(version: string): string {
  return version.split('+')[0] ?? version;
}

function podmanInfo(fullVersion: string, apiVersion: string): EngineInfo {
  const version = stripBuild(fullVersion);
  const major = Number.parseInt(version, 10);
  if (major < OLDEST_PODMAN) throw new EngineError('unsupported', `Podman ${version} is too old: 4.0 is the minimum`);
  return {
    type: 'podman',
    version,
    title: `podman ${version}`,
    apiVersion,
    capabilities: {
      pods: true,
      enforcesDependencies: true,
      // 4.3.1 applies the restart policy after a signal; 5.4.2, 5.8.6 and 6.1.1 do not.
      killPreventsRestart: major >= 5,
    },
  };
}

function dockerInfo(fullVersion: string, apiVersion: string): EngineInfo {
  const version = stripBuild(fullVersion);
  return {
    type: 'docker',
    version,
    title: `docker ${version}`,
    apiVersion,
    capabilities: { pods: false, enforcesDependencies: false, killPreventsRestart: true },
  };
}
