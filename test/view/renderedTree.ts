import type { NodeKey } from '../../src/graph/model/model';
import type { ProtectionReason } from '../../src/graph/model/protection';
import { GraphTreeProvider } from '../../src/view/tree/provider';
import type { TreeElement } from '../../src/view/tree/treeElement';
import { FakeService } from './fakeService';
import { containerKey, type GraphSpec } from './graphSpec';

export const chain: GraphSpec = {
  containers: [{ name: 'base' }, { name: 'mid' }, { name: 'loose' }],
  needs: [['mid', 'base', 'network']],
};
/** A provider with a fully read tree and a record of its change events. */
export class RenderedTree {
  readonly service: FakeService;
  readonly provider: GraphTreeProvider;
  readonly events: (string[] | 'all')[] = [];
  readonly protection = new Map<NodeKey, ProtectionReason>();
  selected: TreeElement | undefined;

  constructor(spec: GraphSpec) {
    this.service = new FakeService(spec);
    this.provider = new GraphTreeProvider(
      this.service,
      () => this.service.snapshot,
      () => Date.now(),
      (element) => element === this.selected,
      (node) => this.protection.get(node.key),
    );
    this.provider.onDidChangeTreeData((elements) => {
      this.events.push(elements?.map((element) => this.provider.presentationOf(element).label) ?? 'all');
      this.read();
    });
    this.read();
  }

  read(parent?: TreeElement) {
    for (const element of this.provider.getChildren(parent)) {
      this.provider.getTreeItem(element);
      this.read(element);
    }
  }

  element(name: string): TreeElement {
    const [element] = this.provider.tree.elementsOf(containerKey(name));
    if (!element) throw new Error(`${name} is not in the tree`);
    return element;
  }

  item(name: string) {
    return this.provider.getTreeItem(this.element(name));
  }
}
