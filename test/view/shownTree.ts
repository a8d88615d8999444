import type { NodeKey } from '../../src/graph/model/model';
import type { ProtectionReason } from '../../src/graph/model/protection';
import { GraphTreeProvider } from '../../src/view/tree/provider';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { FakeService } from './fakeService';
import { containerKey, type GraphSpec } from './picture';

export const chain: GraphSpec = {
  containers: [{ name: 'base' }, { name: 'mid' }, { name: 'loose' }],
  needs: [['mid', 'base', 'network']],
};
/** A provider whose whole tree has been read, as the editor does, and everything that it told. */
export class RenderedTree {
  readonly service: FakeService;
  readonly provider: GraphTreeProvider;
  readonly told: (string[] | 'all')[] = [];
  readonly protection = new Map<NodeKey, ProtectionReason>();
  selected: TreeElement | undefined;

  constructor(drawing: GraphSpec) {
    this.service = new FakeService(drawing);
    this.provider = new GraphTreeProvider(
      this.service,
      () => this.service.snapshot,
      () => Date.now(),
      (place) => place === this.selected,
      (node) => this.protection.get(node.key),
    );
    this.provider.onDidChangeTreeData((places) => {
      this.told.push(places?.map((place) => this.provider.presentationOf(place).label) ?? 'all');
      this.read();
    });
    this.read();
  }

  read(parent?: TreeElement) {
    for (const place of this.provider.getChildren(parent)) {
      this.provider.getTreeItem(place);
      this.read(place);
    }
  }

  place(name: string): TreeElement {
    const [place] = this.provider.tree.elementsOf(containerKey(name));
    if (!place) throw new Error(`${name} has no place`);
    return place;
  }

  item(name: string) {
    return this.provider.getTreeItem(this.place(name));
  }
}
