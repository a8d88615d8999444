import { describe, expect, test } from 'vitest';
import { ContainerNameIndex } from '../../src/engine/nameIndex';
import { parseInspection } from '../../src/engine/responses/containers';
import { parseContainerList } from './containerList';
import { nodeKey } from '../../src/graph/model/model';
import { idOf } from './recordedResponses';

const key = (name: string) => nodeKey('e', 'container', idOf(name));
const podKey = (name: string) => nodeKey('e', 'pod', idOf(name));

describe('inspects of other engines', () => {
  const base = idOf('base');
  const inspect = (host: object, more: object = {}) =>
    parseInspection({ Id: idOf('x'), Name: '/x', HostConfig: host, ...more }, 'e', indexOf(['base', base]));

  test('Docker: links and volumes-from by name, namespaces by id or name', () => {
    const { edges } = inspect({
      NetworkMode: `container:${base}`,
      PidMode: 'container:base',
      IpcMode: 'shareable',
      VolumesFrom: ['base:ro'],
      Links: ['/base:/x/alias', '/unknown:/x/other'],
    });
    expect(edges).toEqual([{ from: key('x'), to: key('base'), reasons: ['network', 'pid', 'volumes-from', 'link'] }]);
  });

  test('Docker: defaults for values that an image omits', () => {
    const { node } = inspect({ RestartPolicy: { Name: 'no' } }, { Config: { Image: 'redis:7' }, Image: 'sha256:1' });
    expect(node).toMatchObject({ name: 'x', image: 'redis:7' });
    expect(node.details).toEqual({
      stopTimeout: 10,
      stopSignal: 'SIGTERM',
      restartPolicy: 'no',
      autoRemove: false,
      anonymousVolumes: [],
      namedVolumes: [],
    });
  });

  test('an edge to an infra container becomes an edge to its pod', () => {
    const roster = new ContainerNameIndex();
    const infra = { Id: idOf('infra'), IsInfra: true, Pod: idOf('pod'), PodName: 'pod' };
    roster.replaceAll(parseContainerList([infra], 'e'));
    const inspected = { Id: idOf('x'), HostConfig: { NetworkMode: `container:${idOf('infra')}` } };
    expect(parseInspection(inspected, 'e', roster).edges).toEqual([
      { from: key('x'), to: podKey('pod'), reasons: ['network'] },
    ]);
  });
});

function indexOf(...containers: [name: string, id: string][]): ContainerNameIndex {
  const roster = new ContainerNameIndex();
  roster.replaceAll(
    parseContainerList(
      containers.map(([name, Id]) => ({ Id, Names: [name] })),
      'e',
    ),
  );
  return roster;
}
