import type { FakeFleet } from '../../src/demo/fleet';
import { DemoWorkbench } from './demoWorkbench';

/** A name that is HTML, Markdown and a link to a command. */
export const maliciousNames = '<img src=x onerror=alert(1)> **b** [l](command:podgraph.removeAll)';
const project = { 'com.docker.compose.project': maliciousNames };

/** A pod, a diamond whose top takes its time to stop, a pair of which one can be made to fail, a project with a hostile name. */
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

/** A workbench that shows the fleet on a demo engine, whose time stands still until it is moved. */
export const startGraphWorld = () =>
  DemoWorkbench.start(fleet, { still: true, settings: { 'workbench.colorTheme': 'Default Dark Modern' } });

/** The pod with its members, to be added once more. */
export const podAgain: FakeFleet = { pods: fleet.pods, containers: fleet.containers.filter(({ pod }) => pod) };
