import { describe, expect, it } from 'vitest';
import { quadletFolder, restarter, systemdUnitOf } from '../../src/graph/model/labels';
import type { ContainerNode, PodNode, SystemdUnitState } from '../../src/graph/model/model';
import { systemdEdges, type UnitRelations } from '../../src/graph/model/systemdEdges';
import { container, key, podKey } from './build';

const unit = (name: string, more: Partial<UnitRelations> = {}): UnitRelations => ({
  name: `${name}.service`,
  requires: [],
  requisite: [],
  bindsTo: [],
  wants: [],
  partOf: [],
  after: [],
  before: [],
  ...more,
});

const of = (name: string, more: Partial<ContainerNode> = {}) =>
  container(name, { labels: { PODMAN_SYSTEMD_UNIT: `${name.split('.')[0] ?? ''}.service` }, ...more });

/** The edges as `from to reason`, with `restarts` where a restart propagates. */
function edges(containers: readonly ContainerNode[], units: readonly UnitRelations[], pods: readonly PodNode[] = []) {
  const found = systemdEdges(containers, pods, new Map(units.map((one) => [one.name, one])));
  const short = (text: string) => text.slice(text.lastIndexOf('/') + 1);
  return found.map(({ from, to, reasons, propagatesRestart }) =>
    [short(from), short(to), ...reasons, ...(propagatesRestart ? ['restarts'] : [])].join(' '),
  );
}

describe('edges of systemd units', () => {
  it.each([
    ['requires', 'web db systemd restarts'],
    ['requisite', 'web db systemd restarts'],
    ['bindsTo', 'web db systemd restarts'],
    ['wants', 'web db systemd-order'],
    ['after', 'web db systemd-order'],
    ['partOf', 'web db systemd-order restarts'],
  ])('%s is %s', (relation, expected) =>
    expect(
      edges([of('web'), of('db')], [unit('web', { [relation]: ['db.service', 'basic.target'] }), unit('db')]),
    ).toEqual([expected]),
  );

  it('are hard if any relation is', () =>
    expect(
      edges(
        [of('web'), of('db')],
        [unit('web', { wants: ['db.service'], after: ['db.service'], requires: ['db.service'] }), unit('db')],
      ),
    ).toEqual(['web db systemd restarts']));

  it('ignore a unit that is wanted but started later', () =>
    expect(
      edges([of('web'), of('db')], [unit('web', { wants: ['db.service'], before: ['db.service'] }), unit('db')]),
    ).toEqual([]));

  it('need a container of each unit', () =>
    expect(edges([of('web')], [unit('web', { requires: ['db.service'] }), unit('db')])).toEqual([]));

  it('do not connect a unit with itself', () =>
    expect(edges([of('web')], [unit('web', { requires: ['web.service'] })])).toEqual([]));

  it('connect all containers of two units', () =>
    expect(edges([of('a.1'), of('a.2'), of('b')], [unit('a', { after: ['b.service'] }), unit('b')])).toEqual([
      'a.1 b systemd-order',
      'a.2 b systemd-order',
    ]));

  it('use templates and escapes by their names', () => {
    const labels = (name: string) => ({ labels: { PODMAN_SYSTEMD_UNIT: name } });
    const [one, other] = ['web@1.service', 'my\\x2ddb.service'];
    const units = [
      { ...unit(''), name: one, requires: [other] },
      { ...unit(''), name: other },
    ];
    expect(edges([container('web-1', labels(one)), container('db', labels(other))], units)).toEqual([
      'web-1 db systemd restarts',
    ]);
  });

  it('of a pod lead to the pod, and not from it to its members', () => {
    const pod = podKey('shop');
    const infra = of('shop', { pod, isInfra: true, key: key('infra') });
    const units = [
      unit('shop', { wants: ['api.service'] }),
      unit('api', { bindsTo: ['shop.service'], after: ['shop.service'] }),
      unit('web', { after: ['shop.service'] }),
    ];
    expect(edges([infra, of('api', { pod }), of('web')], units)).toEqual([
      'api shop systemd restarts',
      'web shop systemd-order',
    ]);
  });
});

describe('a unit', () => {
  it.each(['web.service', 'web@1.service', 'my\\x2dweb.service'])('%s restarts its container', (name) => {
    expect(systemdUnitOf({ labels: { PODMAN_SYSTEMD_UNIT: name } })).toBe(name);
    expect(restarter({ labels: { PODMAN_SYSTEMD_UNIT: name } })).toBe('systemd');
  });

  it.each(['podman-compose@shop.service', 'run-u42.service', 'user@1000.service', 'session-2.scope', ''])(
    '%j does not',
    (name) => expect(systemdUnitOf({ labels: { PODMAN_SYSTEMD_UNIT: name } })).toBeUndefined(),
  );
});

describe('the folder of a Quadlet application', () => {
  const state = (file: string, isQuadlet = true): SystemdUnitState => ({
    name: 'db.service',
    file,
    isQuadlet,
    activeState: 'active',
    hasFailed: false,
    fileState: 'generated',
    needsReload: false,
  });

  it.each([
    ['/etc/containers/systemd/shop/db.container', 'shop'],
    ['/etc/containers/systemd/shop/deep/db.container', 'shop'],
    ['/usr/share/containers/systemd/users/shop/db.container', 'shop'],
    ['/etc/containers/systemd/users/1000/shop/db.container', 'shop'],
    ['/home/ada/.config/containers/systemd/shop/db.container', 'shop'],
    ['/etc/containers/systemd/db.container', undefined],
    ['/etc/containers/systemd/users/1000/db.container', undefined],
    ['/etc/containers/systemd/users/db.container', undefined],
    ['', undefined],
  ])('of %s is %s', (file, folder) => expect(quadletFolder({ systemdUnit: state(file) })).toBe(folder));

  it('needs a Quadlet', () => {
    expect(quadletFolder({ systemdUnit: state('/etc/containers/systemd/shop/db.container', false) })).toBeUndefined();
    expect(quadletFolder({ systemdUnit: undefined })).toBeUndefined();
  });
});
