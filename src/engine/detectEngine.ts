import { JsonObject, asString, parseJson, text } from './responses/json';
import type { EngineInfo } from './engine';
import { EngineError } from './error';
import type { Answer } from './transport/transport';

/** libpod's API has these shapes since 4.0; what was before is not asked. */
const OLDEST_PODMAN = 4;

/**
 * Which make answers at an address, from `GET /_ping`: Podman (4.3.1 to 6.1.1) and Docker tell make, version and API in the
 * head of that answer, `Server: Libpod/5.8.6 (linux)`, also on Podman's Docker-compatible paths. Undefined if it does not say.
 */
export function readPing(answer: Answer): EngineInfo | undefined {
  const [, make, version] = /^(Libpod|Docker)\/(\d[^\s]*)/.exec(text(answer.headers['server'])) ?? [];
  const apiVersion = text(answer.headers['api-version']);
  if (answer.status !== 200 || !version || !isApiVersion(apiVersion)) return undefined;
  return make === 'Libpod' ? podmanInfo(version, apiVersion) : dockerInfo(version, apiVersion);
}

/**
 * The same from `GET /version`, where something in between took the head away. Podman names itself in its components.
 * Throws `malformed` if it is no engine, `unsupported` if it is too old a one.
 */
export function parsePing(answer: Answer): EngineInfo {
  const body = JsonObject(parseJson(answer));
  const podman = asString(body['Components'])
    .map(JsonObject)
    .find((component) => component['Name'] === 'Podman Engine');
  const version = text(podman?.['Version']) || text(body['Version']);
  const apiVersion = text(body['ApiVersion']);
  if (!version || !isApiVersion(apiVersion)) {
    throw new EngineError('malformed', `${answer.request}: an answer without the version of an engine`);
  }
  return podman ? podmanInfo(version, apiVersion) : dockerInfo(version, apiVersion);
}

function isApiVersion(value: string): boolean {
  return /^\d+\.\d+$/.test(value);
}

/** Distributions put their own after a plus: `26.1.5+dfsg1`. */
function stripBuild(version: string): string {
  return version.split('+')[0] ?? version;
}

function podmanInfo(told: string, apiVersion: string): EngineInfo {
  const version = stripBuild(told);
  const major = Number.parseInt(version, 10);
  if (major < OLDEST_PODMAN) throw new EngineError('unsupported', `Podman ${version} is too old: 4.0 is the oldest`);
  return {
    type: 'podman',
    version,
    title: `podman ${version}`,
    apiVersion,
    capabilities: {
      pods: true,
      enforcesDependencies: true,
      // 4.3.1 restarts a signalled container under its restart policy; 5.4.2, 5.8.6 and 6.1.1 leave it down.
      killPreventsRestart: major >= 5,
    },
  };
}

function dockerInfo(told: string, apiVersion: string): EngineInfo {
  const version = stripBuild(told);
  return {
    type: 'docker',
    version,
    title: `docker ${version}`,
    apiVersion,
    capabilities: { pods: false, enforcesDependencies: false, killPreventsRestart: true },
  };
}
