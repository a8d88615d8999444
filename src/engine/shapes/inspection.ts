import { type ContainerDetails, type ContainerNode, type EngineId, nodeKey, withRestarting } from '../../graph/model';
import { defaultStopTimeout, readStopTimeout } from '../../graph/stopTimeout';
import { fields, type Fields, labels, list, number, text } from '../answers/json';
import type { Inspection } from '../engine';
import { EngineError } from '../error';
import type { Roster } from '../roster';
import { readEdges } from './dependencies';
import { inspectedPorts } from './ports';
import { containerState, justEnded } from './state';
import { initContainer } from './initContainer';
import { stopSignalName } from './stopSignal';
import { instant } from './times';
import { isAnonymousName } from './volumeList';

/** A container's inspect, of either make, as a node with details and edges. Throws `malformed` if it is not one. */
export function readInspection(answer: unknown, engine: EngineId, roster: Roster): Inspection {
  const inspect = fields(answer);
  const id = text(inspect['Id']);
  if (!id) throw new EngineError('malformed', 'inspect: an answer without an id');
  const config = fields(inspect['Config']);
  const host = fields(inspect['HostConfig']);
  const status = fields(inspect['State']);
  const pod = text(inspect['Pod']);
  const state = containerState(status['Status']);
  const node: ContainerNode = {
    kind: 'container',
    key: nodeKey(engine, 'container', id),
    id,
    name: text(inspect['Name']).replace(/^\//, '') || id.slice(0, 12),
    state,
    image: text(inspect['ImageName']) || text(config['Image']) || text(inspect['Image']),
    createdAt: instant(inspect['Created']),
    startedAt: instant(status['StartedAt']),
    exitCode: state === 'exited' || state === 'dead' ? number(status['ExitCode']) : undefined,
    ...justEnded(status['Status']),
    pod: pod ? nodeKey(engine, 'pod', pod) : undefined,
    podName: pod ? roster.podName(pod) : undefined,
    infra: inspect['IsInfra'] === true,
    service: inspect['IsService'] === true,
    labels: labels(config['Labels']),
    ports: inspectedPorts(fields(inspect['NetworkSettings'])['Ports'] ?? host['PortBindings']),
    details: readDetails(inspect, config, host),
    external: false,
  };
  return { node: withRestarting(node), edges: readEdges(inspect, engine, roster) };
}

function readDetails(inspect: Fields, config: Fields, host: Fields): ContainerDetails {
  const volumes = list(inspect['Mounts'])
    .map(fields)
    .filter((mount) => mount['Type'] === 'volume')
    .map((mount) => text(mount['Name']))
    .filter((name) => name !== '');
  const init = initContainer(config);
  return {
    stopTimeout: readStopTimeout(config['StopTimeout']) ?? defaultStopTimeout,
    stopSignal: stopSignalName(config['StopSignal']),
    restartPolicy: text(fields(host['RestartPolicy'])['Name']),
    autoRemove: host['AutoRemove'] === true,
    ...(init ? { initContainer: init } : {}),
    anonymousVolumes: volumes.filter(isAnonymousName),
    namedVolumes: volumes.filter((name) => !isAnonymousName(name)),
  };
}
