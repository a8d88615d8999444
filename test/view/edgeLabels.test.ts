import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EdgeReason } from '../../src/graph/model/model';
import { EdgeLabelLayout, labelBox, overlaps } from '../../src/view/graphPanel/edgeLabels';
import { GraphViewModel, occupiedArea } from '../../src/view/graphPanel/graphViewModel';
import { FakeService } from './fakeService';
import { type GraphSpec, type NodeSpec } from './graphSpec';
import { defaultPresentationContext } from './presentationContext';

const reasons: readonly EdgeReason[] = ['network', 'systemd', 'depends-on', 'volumes-from'];

/** Containers, some of them in pods, that depend on earlier ones. */
const graphs = fc
  .array(
    fc.record({
      pod: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      length: fc.integer({ min: 1, max: 30 }),
      needs: fc.array(fc.tuple(fc.nat(30), fc.constantFrom(...reasons)), { maxLength: 3 }),
    }),
    { minLength: 2, maxLength: 24 },
  )
  .map((all): GraphSpec => {
    const name = (at: number) => `c${at}`.padEnd(all[at]?.length ?? 0, 'x');
    const containers = all.map(({ pod }, at): NodeSpec => {
      return { name: name(at), ...(pod !== undefined && { pod: `pod${pod}` }) };
    });
    const needs = all.flatMap((one, at) =>
      one.needs.flatMap(([to, reason]) => (to < at ? [[name(at), name(to), reason] as const] : [])),
    );
    return { containers, needs };
  });

function drawn(spec: GraphSpec) {
  const service = new FakeService(spec);
  return new GraphViewModel(defaultPresentationContext(() => service.snapshot)).draw();
}

it('labels of edges cover no node and no header of a pod, and are within the drawing', () => {
  fc.assert(
    fc.property(graphs, (spec) => {
      const { nodes, edges, width } = drawn(spec);
      const obstacles = nodes.map(occupiedArea);
      const covering = edges.filter(({ labelAt, shortLabel }) => {
        const box = labelBox(labelAt, shortLabel);
        return box.x < 0 || box.x + box.width > width || obstacles.some((rect) => overlaps(box, rect));
      });
      expect(covering.map(({ from, to, labelAt }) => [from, to, labelAt])).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

it('a label without free space is in the middle of its edge', () => {
  const labels = new EdgeLabelLayout([{ x: -100, y: -100, width: 300, height: 300 }], { width: 400, height: 400 });
  const points = [
    { x: 0, y: 0 },
    { x: 0, y: 40 },
  ];
  expect(labels.centerOf(points, false, 'net')).toEqual({ x: 0, y: 20 });
});
