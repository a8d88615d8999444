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
    expect(present(chain, 'mid')).toMatchObject({ label: 'mid', description: 'shares net of base' });
    expect(present(chain, 'base').description).toBe('nginx · required by 1');
    expect(present(chain, 'base').contextValues).toEqual([
      'container',
      'active',
      'hasDependents',
      'running',
      'removable',
    ]);
  });

  it('shows the exit code of a stopped container', () => {
    const containers = [{ name: 'a', state: 'exited', exitCode: 137 }] as const;
    expect(present({ containers }, 'a').description).toBe('exited (137) · nginx');
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

  it('shows a shield for protected nodes and does not offer to remove them', () => {
    const shown = new RenderedTree(chain);
    shown.protection.set(containerKey('loose'), 'label');
    const presentation = shown.provider.presentationOf(shown.element('loose'));
    expect(presentation).toMatchObject({ description: 'nginx · protected', icon: { id: 'shield' } });
    expect(presentation.contextValues).toContain('protected');
    expect(presentation.contextValues).not.toContain('removable');
  });

  it('sanitizes names', () => {
    expect(present({ containers: [{ name: 'a', id: 'a' }] }, 'a').label).toBe('a');
    const shown = new RenderedTree({ containers: [{ name: 'x\u202ey\n' }] });
    const [element] = shown.provider.getChildren();
    expect(element && shown.provider.presentationOf(element).label).toBe('x y');
  });
});
