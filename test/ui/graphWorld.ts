import type { FakeFleet } from '../../src/demo/fleet';
import { DemoWorkbench } from './demoWorkbench';

/** HTML, Markdown and a command link in one name. */
export const maliciousName = '<img src=x onerror=alert(1)> **b** [l](command:podgraph.removeAll)';
const project = { 'com.docker.compose.project': maliciousName };

/** A pod, a diamond whose top stops slowly, a pair for failures, a project with a malicious name. */
const fleet: FakeFleet = {
  pods: [{ name: 'shop' }],
  containers: [
    { name: 'web', pod: 'shop' },
    { name: 'cart', pod: 'shop', dependsOn: { pid: 'web' }, state: 'exited', exitCode: 1 },
    { name: 'base' },
    { name: 'left', dependsOn: { net: 'base' } },
    { name: 'right', dependsOn: { requires: ['base'] } },
    { name: 'top', dependsOn: { requires: ['left', 'right'] }, stubborn: true, stopTimeout: 8 },
    { name: 'root' },
    { name: 'leaf', dependsOn: { requires: ['root'] } },
    { name: 'vault', labels: { 'podgraph.protect': 'true' } },
    { name: 'one', labels: project },
    { name: 'two', labels: project, dependsOn: { volumesFrom: ['one'] } },
    { name: 'scratch', state: 'created' },
  ],
};

export const startGraphFixture = () =>
  DemoWorkbench.start(fleet, { manualClock: true, settings: { 'workbench.colorTheme': 'Default Dark Modern' } });

/** 300 containers, in pods of three and chains of four, with 100 volumes, 40 networks and 60 images, of which some are unused. */
export const largeFleet: FakeFleet = {
  pods: Array.from({ length: 20 }, (_, at) => ({ name: `pod-${at}` })),
  containers: Array.from({ length: 300 }, (_, at) => ({
    name: `service-${at}`,
    volumes: at % 4 === 0 ? [`data-${at}:/data`] : [],
    networks: [`net-${at % 36}`],
    image: `registry.example/app-${at % 59}:1`,
    ...(at < 60 ? { pod: `pod-${at % 20}` } : at % 4 > 0 && { dependsOn: { requires: [`service-${at - 1}`] } }),
  })),
  volumes: Array.from({ length: 25 }, (_, at) => ({ name: `left-${at}` })),
  networks: ['idle-0', 'idle-1', 'idle-2'],
};

/** The pod with its members only. */
export const shopFleet: FakeFleet = { pods: fleet.pods, containers: fleet.containers.filter(({ pod }) => pod) };
