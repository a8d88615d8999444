import { describe } from 'vitest';
import { isDemo, isDocker, isUnderSystemd, line } from '../engine/contract/engineVersion';
import { bringBack } from './conformance/bringBack';
import { earlyStop } from './conformance/earlyStops';
import { answers } from './conformance/responses';
import { changes } from './conformance/lifecycle';
import { namespaces } from './conformance/namespaces';
import { containers } from './conformance/containers';
import { pods } from './conformance/pods';
import { projectResources } from './conformance/projectResources';
import { projects } from './conformance/projects';
import { stopTimeouts } from './conformance/stopTimeouts';
import { otherClients } from './conformance/otherClients';
import { quadlets } from './conformance/quadlets';
import { resources } from './conformance/resources';
import { volumes } from './conformance/volumes';
import { onOneEngine } from './conformance/fixture';

// Guarantees of removal from Podman's unit, e2e and system tests, checked for Podgraph on the selected engine. Those of the
// graph are in test/graph/graph.test.ts.
describe(`removal on ${line}`, () => {
  onOneEngine();
  describe('containers', containers);
  if (!isDocker) describe('pods', pods);
  if (!isDemo) describe('projects of other tools', projects);
  if (!isDemo) describe('resources of projects', projectResources);
  describe('other clients', otherClients);
  describe('volumes', volumes);
  describe('resources', resources);
  describe('bring back', bringBack);
  describe('early stop', earlyStop);
  describe('stop timeouts', stopTimeouts);
  describe('lifecycle actions', changes);
  if (!isDemo) describe('namespaces', namespaces);
  if (!isDocker) describe('unusual responses', answers);
  if (isUnderSystemd) describe('Quadlets', quadlets);
});
