import { describe } from 'vitest';
import { failureModes } from './contract/failureModes';
import { commands } from './contract/commands';
import { connection } from './contract/connection';
import { edges } from './contract/edges';
import { events } from './contract/events';
import { onOneEngine } from './contract/lab';
import { isDemo, isDocker, isUnderSystemd, line } from './contract/engineVersion';
import { health } from './contract/health';
import { lists } from './contract/lists';
import { longLog } from './contract/longLog';
import { logsAndExec } from './contract/inspection';
import { namespaces } from './contract/namespaces';
import { ownContainers } from './contract/ownContainers';
import { podRemoval } from './contract/podRemoval';
import { projects } from './contract/projects';
import { quadlets } from './contract/quadlets';
import { recipes } from './contract/recipes';
import { removal } from './contract/removal';
import { removalOrder } from './contract/removalOrder';
import { underSystemd } from './contract/systemd';
import { volumes } from './contract/volumes';
import { selectedTransport } from './contract/transport';

// The engine contract, one run per engine: PODGRAPH_ENGINE=podman-4.3|podman-5|podman-6|docker|demo.
// PODGRAPH_TRANSPORT=ssh|tls selects another transport.
describe(selectedTransport === 'socket' ? line : `${line} by ${selectedTransport}`, () => {
  onOneEngine();
  describe('connection', connection);
  describe('lists', lists);
  describe('removal', removal);
  describe('order of removals', removalOrder);
  if (selectedTransport !== 'socket') return;
  describe('edges', edges);
  describe('namespaces', namespaces);
  if (!isDocker) describe('pod removal', podRemoval);
  describe('commands', commands);
  describe('volumes', volumes);
  describe('recipes', recipes);
  describe('events', events);
  describe('health', health);
  describe('logs and exec', logsAndExec);
  if (!isDemo) describe('projects', projects);
  if (!isDemo) describe('a long log', longLog);
  if (!isDemo) describe('own container', ownContainers);
  describe('failures', failureModes);
  if (isUnderSystemd) describe('under systemd', underSystemd);
  if (isUnderSystemd) describe('Quadlet units', quadlets);
});
