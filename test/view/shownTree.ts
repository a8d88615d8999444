import type { NodeKey } from '../../src/graph/model';
import type { Protection } from '../../src/graph/protection';
import type { Occurrence } from '../../src/view/tree/occurrence';
import { GraphTreeProvider } from '../../src/view/tree/provider';
import { FakeService } from './fakeService';
import type { Drawing } from './picture';
import { containerKey } from './picture';

export const chain: Drawing = {
  containers: [{ name: 'base' }, { name: 'mid' }, { name: 'loose' }],
  needs: [['mid', 'base', 'network']],
};
/** A provider whose whole tree has been read, as the editor does, and everything that it told. */
export class Shown {
  readonly service: FakeService;
  readonly provider: GraphTreeProvider;
  readonly told: (string[] | 'all')[] = [];
  readonly protection = new Map<NodeKey, Protection>();
  selected: Occurrence | undefined;

  constructor(drawing: Drawing) {
    this.service = new FakeService(drawing);
    this.provider = new GraphTreeProvider(
      this.service,
      () => this.service.snapshot,
      () => Date.now(),
      (place) => place === this.selected,
      (node) => this.protection.get(node.key),
    );
    this.provider.onDidChangeTreeData((places) => {
      this.told.push(places?.map((place) => this.provider.faceOf(place).label) ?? 'all');
      this.read();
    });
    this.read();
  }

  read(parent?: Occurrence) {
    for (const place of this.provider.getChildren(parent)) {
      this.provider.getTreeItem(place);
      this.read(place);
    }
  }

  place(name: string): Occurrence {
    const [place] = this.provider.tree.occurrencesOf(containerKey(name));
    if (!place) throw new Error(`${name} has no place`);
    return place;
  }

  item(name: string) {
    return this.provider.getTreeItem(this.place(name));
  }
}
