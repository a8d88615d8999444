import { describe, expect, it } from 'vitest';
import type { FakeService } from './fakeService';
import { containerKey, type GraphSpec } from './picture';
import { chain, RenderedTree } from './shownTree';

describe('a face', () => {
  const face = (drawing: GraphSpec, name: string, prepare?: (service: FakeService) => void) => {
    const shown = new RenderedTree(drawing);
    prepare?.(shown.service);
    return shown.provider.presentationOf(shown.place(name));
  };

  it('says what a container shares, needs and is required by', () => {
    expect(face(chain, 'mid')).toMatchObject({ label: 'mid', description: 'shares net of base' });
    expect(face(chain, 'base').description).toBe('nginx · required by 1');
    expect(face(chain, 'base').contextValues).toEqual(['container', 'active', 'hasDependents', 'running', 'removable']);
  });

  it('says what a stopped container ended with', () => {
    const containers = [{ name: 'a', state: 'exited', exitCode: 137 }] as const;
    expect(face({ containers }, 'a').description).toBe('exited (137) · nginx');
  });

  it('marks a node that a removal could not remove', () => {
    const failed = face(chain, 'loose', (service) => {
      service.failures.set(containerKey('loose'), { kind: 'failed', reason: 'busy', message: 'EBUSY' });
    });
    expect(failed).toMatchObject({ description: 'not removed: device busy', icon: { id: 'error' } });
    expect(failed.contextValues).toContain('failed');
    expect(failed.contextValues).toContain('removable');
  });

  it('offers no removal of what the engine does not list', () => {
    const external = face({ containers: [{ name: 'a' }], needs: [['a', 'gone']] }, 'gone');
    expect(external.contextValues).toEqual(['container', 'hasDependents', 'unlisted']);
    expect(external.description).toBe('not listed by the engine · required by 1');
  });

  it('bears a shield when it is protected, and offers no removal', () => {
    const shown = new RenderedTree(chain);
    shown.protection.set(containerKey('loose'), 'label');
    const protectedFace = shown.provider.presentationOf(shown.place('loose'));
    expect(protectedFace).toMatchObject({ description: 'nginx · protected', icon: { id: 'shield' } });
    expect(protectedFace.contextValues).toContain('protected');
    expect(protectedFace.contextValues).not.toContain('removable');
  });

  it('cleans a name that would disguise itself', () => {
    expect(face({ containers: [{ name: 'a', id: 'a' }] }, 'a').label).toBe('a');
    const shown = new RenderedTree({ containers: [{ name: 'x\u202ey\n' }] });
    const [place] = shown.provider.getChildren();
    expect(place && shown.provider.presentationOf(place).label).toBe('x y');
  });
});
