import { fields, list, parseJson, text } from './answers/json';
import type { EngineInfo } from './engine';
import { EngineError } from './error';
import type { Answer } from './transport/transport';

/** libpod's API has these shapes since 4.0; what was before is not asked. */
const OLDEST_PODMAN = 4;

/**
 * Which make answers at an address, from `GET /version`: Podman's Docker-compatible socket is Podman too, and says so in its
 * components and in its `Server` header. Throws `malformed` if it is no engine, `unsupported` if it is too old a one.
 */
export function readVersion(answer: Answer): EngineInfo {
  const body = fields(parseJson(answer));
  const podman = list(body['Components'])
    .map(fields)
    .find((component) => component['Name'] === 'Podman Engine');
  // Distributions put their own after a plus: `26.1.5+dfsg1`.
  const version = (text(podman?.['Version']) || text(body['Version'])).split('+')[0];
  const apiVersion = text(body['ApiVersion']);
  if (!version || !/^\d+\.\d+$/.test(apiVersion)) {
    throw new EngineError('malformed', `${answer.asked}: an answer without the version of an engine`);
  }
  const isPodman = podman !== undefined || text(answer.headers['server']).startsWith('Libpod/');
  return isPodman ? podmanInfo(version, apiVersion) : dockerInfo(version, apiVersion);
}

function podmanInfo(version: string, apiVersion: string): EngineInfo {
  const major = Number.parseInt(version, 10);
  if (major < OLDEST_PODMAN) throw new EngineError('unsupported', `Podman ${version} is too old: 4.0 is the oldest`);
  return {
    flavour: 'podman',
    version,
    title: `podman ${version}`,
    apiVersion,
    capabilities: {
      pods: true,
      guardsDependents: true,
      // 4.3.1 restarts a signalled container under its restart policy; 5.4.2, 5.8.6 and 6.1.1 leave it down.
      signalIsStop: major >= 5,
    },
  };
}

function dockerInfo(version: string, apiVersion: string): EngineInfo {
  return {
    flavour: 'docker',
    version,
    title: `docker ${version}`,
    apiVersion,
    capabilities: { pods: false, guardsDependents: false, signalIsStop: true },
  };
}
