import { describe, expect, test } from 'vitest';
import { parseUnits } from '../../../src/engine/systemd/parseUnits';

const web = `Type=notify
TimeoutStopUSec=1min 10s
MainPID=812
ExecMainStatus=143
Result=success
Id=web.service
Names=web.service alias.service
Requires=db.service net-network.service -.mount system.slice
Wants=
BindsTo=shop-pod.service
PartOf=
Before=multi-user.target shutdown.target
After=db.service network-online.target
LoadState=loaded
ActiveState=active
FragmentPath=/run/systemd/generator/web.service
SourcePath=/etc/containers/systemd/web.container
SubState=running
UnitFileState=generated
NeedDaemonReload=no
InvocationID=4f2a
`;
const missing = (name: string) =>
  `Id=${name}\nNames=${name}\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n`;
const one = (output: string, name: string) => {
  const [unit] = parseUnits(output, [name]);
  if (!unit) throw new Error('no unit');
  return unit;
};

describe('systemctl show', () => {
  test('is parsed into states, files and dependencies', () => {
    expect(one(web, 'web.service')).toMatchObject({
      name: 'web.service',
      loadState: 'loaded',
      activeState: 'active',
      subState: 'running',
      unitFileState: 'generated',
      fragmentPath: '/run/systemd/generator/web.service',
      sourcePath: '/etc/containers/systemd/web.container',
      needDaemonReload: false,
      requires: ['db.service', 'net-network.service', '-.mount', 'system.slice'],
      wants: [],
      bindsTo: ['shop-pod.service'],
      after: ['db.service', 'network-online.target'],
      timeoutStopSec: 70,
      mainPid: 812,
      exitStatus: 143,
      invocationId: '4f2a',
    });
  });

  test('an alias keeps the requested name', () => expect(one(web, 'alias.service').name).toBe('alias.service'));

  test('a unit that does not exist has no paths and no process', () => {
    const [first, second] = parseUnits(`${web}\n${missing('gone.service')}`, ['web.service', 'gone.service']);
    expect(first?.activeState).toBe('active');
    expect(second).toMatchObject({ loadState: 'not-found', sourcePath: '', mainPid: 0, requires: [] });
  });

  test.each(['web@1.service', 'web@a\\x2db.service', 'my\\x20shop.service'])('%s is a unit', (name) =>
    expect(one(missing(name), name).name).toBe(name),
  );

  test.each([
    ['infinity', Infinity],
    ['90s', 90],
    ['1min 30s', 90],
    ['2h 3min 4.5s', 7384.5],
    ['500ms', 0.5],
    ['0', 0],
  ])('a stop timeout of %s is %d s', (span, seconds) =>
    expect(one(web.replace('1min 10s', span), 'web.service').timeoutStopSec).toBe(seconds),
  );

  test('%h and other specifiers stay as systemd printed them', () =>
    expect(one(web.replace('/etc/containers', '/home/%u/x\\x0a'), 'web.service').sourcePath).toBe(
      '/home/%u/x\\x0a/systemd/web.container',
    ));

  test.each([
    ['a line break forges a property', web.replace('web.container', 'a\nMainPID=1'), ['web.service']],
    ['another unit answers', web, ['db.service']],
    ['a block is missing', web, ['web.service', 'db.service']],
    ['an empty line in a value forges a unit', web.replace('web.container', 'a\n\nId=db.service'), ['web.service']],
    ['nothing is printed', '', ['web.service']],
  ])('is refused if %s', (_, output, names) => expect(() => parseUnits(output, names)).toThrow(/^malformed/));

  test('lines that are no property are skipped', () =>
    expect(one(`Warning: changed on disk\n=x\n${web}Description=Id=other.service\n`, 'web.service').mainPid).toBe(812));
});
