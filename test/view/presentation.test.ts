import { describe, expect, it } from 'vitest';
import type { FakeService } from './fakeService';
import { containerKey, type GraphSpec } from './graphSpec';
import { chain, RenderedTree } from './renderedTree';

describe('a presentation', () => {
  const present = (spec: GraphSpec, name: string, prepare?: (service: FakeService) => void) => {
    const shown = new RenderedTree(spec);
    prepare?.(shown.service);
    return shown.provider.presentationOf(shown.element(name));
  };

  it('shows shared namespaces, dependencies and dependents', () => {
    expect(present(chain, 'mid')).toMatchObject({ label: 'mid', description: 'shares net · nginx' });
    expect(present(chain, 'base').description).toBe('nginx · required by 1');
    expect(present(chain, 'base').contextValues).toEqual([
      'container',
      'active',
      'hasDependents',
      'running',
      'removable',
    ]);
  });

  it('shows a container that runs in the old network of its base', () => {
    const spec = (since: number) => ({
      containers: [
        { name: 'vpn', startedAt: since },
        { name: 'web', startedAt: 1_500 },
      ],
      needs: [['web', 'vpn', 'network']] as const,
    });
    expect(present(spec(1_600), 'web')).toMatchObject({
      description: 'detached from vpn · shares net · nginx',
      ariaLabel: 'web, detached from vpn',
      icon: { color: 'charts.yellow' },
    });
    expect(present(spec(1_400), 'web').description).toBe('shares net · nginx');
  });

  it('shows the exit code of a stopped container', () => {
    const containers = [{ name: 'a', state: 'exited', exitCode: 137 }] as const;
    expect(present({ containers }, 'a').description).toBe('exited (137) · nginx');
  });

  it.each([
    [{ state: 'exited', exitCode: 1 }, 'exited (1) · nginx', 'error', 'list.errorForeground'],
    [{ state: 'exited', exitCode: 0 }, 'exited (0) · nginx', 'circle-large-outline', 'disabledForeground'],
    [{ state: 'created' }, 'created · nginx', 'issue-draft', 'disabledForeground'],
    [{ state: 'restarting', restartCount: 12 }, 'restarting (12×) · nginx', 'sync', 'charts.yellow'],
    [{ state: 'running', restartCount: 3 }, 'restarted 3× · nginx', 'circle-large-filled', 'charts.yellow'],
    [{ state: 'running', health: 'unhealthy' }, 'unhealthy · nginx', 'circle-large-filled', 'charts.yellow'],
    [{ state: 'running', restartCount: 2 }, 'nginx', 'circle-large-filled', 'charts.green'],
  ] as const)('distinguishes failures: %o', (state, description, id, color) => {
    expect(present({ containers: [{ name: 'a', ...state }] }, 'a')).toMatchObject({ description, icon: { id, color } });
  });

  it('describes a group by the terms of its members', () => {
    const labels = { 'com.docker.compose.project': 'shop' };
    const describe = (...states: ('created' | 'exited' | 'running')[]) => {
      const containers = states.map((state, at) => ({ name: `c${at}`, state, labels }));
      const shown = new RenderedTree({ containers });
      const [group] = shown.provider.getChildren();
      return group && shown.provider.presentationOf(group).description;
    };
    expect(describe('created', 'created')).toBe('compose · created');
    expect(describe('exited', 'created')).toBe('compose · not running');
    expect(describe('running', 'created')).toBe('compose · 1 of 2 running');
  });

  it('marks a node whose removal failed', () => {
    const failed = present(chain, 'loose', (service) => {
      service.failures.set(containerKey('loose'), { kind: 'failed', reason: 'busy', message: 'EBUSY' });
    });
    expect(failed).toMatchObject({ description: 'not removed: device busy', icon: { id: 'error' } });
    expect(failed.contextValues).toContain('failed');
    expect(failed.contextValues).toContain('removable');
  });

  it('does not offer to remove unlisted nodes', () => {
    const external = present({ containers: [{ name: 'a' }], needs: [['a', 'gone']] }, 'gone');
    expect(external.contextValues).toEqual(['container', 'hasDependents', 'unlisted']);
    expect(external.description).toBe('not listed by the engine · required by 1');
  });

  it('shows a shield for protected nodes, which keep their lifecycle commands', () => {
    const shown = new RenderedTree(chain);
    shown.protection.set(containerKey('loose'), 'label');
    const presentation = shown.provider.presentationOf(shown.element('loose'));
    expect(presentation).toMatchObject({ description: 'nginx · protected', icon: { id: 'shield' } });
    expect(presentation.contextValues).toEqual(expect.arrayContaining(['protected', 'running']));
    expect(presentation.contextValues).not.toContain('removable');
  });

  it('sanitizes names', () => {
    expect(present({ containers: [{ name: 'a', id: 'a' }] }, 'a').label).toBe('a');
    const shown = new RenderedTree({ containers: [{ name: 'x\u202ey\n' }] });
    const [element] = shown.provider.getChildren();
    expect(element && shown.provider.presentationOf(element).label).toBe('x y');
  });
});
