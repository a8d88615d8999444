import { describe } from 'vitest';
import { isDemo, isDocker, line } from '../engine/contract/line';
import { earlyStop } from './conformance/ahead';
import { answers } from './conformance/answers';
import { changes } from './conformance/changes';
import { containers } from './conformance/containers';
import { pods } from './conformance/pods';
import { projects } from './conformance/projects';
import { stopTimeouts } from './conformance/stopTimeouts';
import { strangers } from './conformance/strangers';
import { volumes } from './conformance/volumes';
import { onOneEngine } from './conformance/yard';

// Podman's own promises about removal (its unit, e2e and system tests), each kept by ours on the engine at hand, or kept
// better. Those about the graph alone are in test/graph/graph.test.ts.
describe(`removal on ${line}`, () => {
  onOneEngine();
  describe('containers', containers);
  if (!isDocker) describe('pods', pods);
  if (!isDemo) describe('projects of other tools', projects);
  describe('strangers', strangers);
  describe('volumes', volumes);
  describe('ahead of its turn', earlyStop);
  describe('stop timeouts', stopTimeouts);
  describe('changes of state', changes);
  if (!isDocker) describe('odd answers', answers);
});
