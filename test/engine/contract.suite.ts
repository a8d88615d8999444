import { describe } from 'vitest';
import { failureModes } from './contract/badDays';
import { commands } from './contract/commands';
import { connection } from './contract/connection';
import { edges } from './contract/edges';
import { events } from './contract/events';
import { onOneEngine } from './contract/lab';
import { isDemo, isDocker, isUnderSystemd, line } from './contract/line';
import { lists } from './contract/lists';
import { longLog } from './contract/longLog';
import { logsAndExec } from './contract/looking';
import { ownContainers } from './contract/ownContainers';
import { podRemoval } from './contract/podRemoval';
import { projects } from './contract/projects';
import { removal } from './contract/removal';
import { removalOrder } from './contract/removalOrder';
import { underSystemd } from './contract/systemd';
import { volumes } from './contract/volumes';
import { selectedTransport } from './contract/way';

// What every engine must show before anything is built on it: the lines of ENGINE_LINES one by one, each in a run of its own,
// PODGRAPH_ENGINE=podman-4.3|podman-5|podman-6|docker|demo. With PODGRAPH_WAY=ssh|tls what a way could get wrong, over that way.
describe(selectedTransport === 'socket' ? line : `${line} by ${selectedTransport}`, () => {
  onOneEngine();
  describe('connection', connection);
  describe('lists', lists);
  describe('removal', removal);
  describe('order of removals', removalOrder);
  if (selectedTransport !== 'socket') return;
  describe('edges', edges);
  if (!isDocker) describe('pod removal', podRemoval);
  describe('commands', commands);
  describe('volumes', volumes);
  describe('events', events);
  describe('looking', logsAndExec);
  if (!isDemo) describe('projects', projects);
  if (!isDemo) describe('a long log', longLog);
  if (!isDemo) describe('own container', ownContainers);
  describe('bad days', failureModes);
  if (isUnderSystemd) describe('under systemd', underSystemd);
});
