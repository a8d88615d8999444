import type { ResourceLayer } from '../../graph/model/resourceLayer';
import type { ResourceKind, ResourceNode } from '../../graph/model/resources';
import { buildResourceState } from '../resourceState';
import { countText } from '../text/format';
import { unusedText } from '../text/resources';
import { groupTitle } from '../text/state';
import { shapeIcon } from './icons';
import type { PresentationContext, TreeItemPresentation } from './presentation';
import type { NodeGroup } from './treeStructure';

/** The rows of volumes, networks and images, in a bundle that is loaded with their layer. */
export interface ResourceRows {
  presentGroup(group: NodeGroup, layer: ResourceLayer): TreeItemPresentation;
  presentResource(node: ResourceNode, layer: ResourceLayer, context: PresentationContext): TreeItemPresentation;
}

export const resourceRows: ResourceRows = {
  presentGroup(group, { users }) {
    const { nodes } = group;
    const label = groupTitle(group);
    const unused = unusedText(nodes.filter((key) => !users.has(key)).length);
    const parts = [countText(nodes.length), unused].filter(Boolean);
    return {
      label,
      description: parts.join(' · '),
      ariaLabel: [label, ...parts].join(', '),
      icon: shapeIcon(group.name as ResourceKind, 'muted'),
      contextValues: ['resources'],
    };
  },

  presentResource(node, layer, context) {
    const { name, shape, tone, detail, traits, use, ariaLabel, contextValues } = buildResourceState(
      node,
      layer,
      context,
    );
    return {
      label: name,
      description: detail ?? [...traits, use].join(' · '),
      ariaLabel,
      icon: shapeIcon(shape, tone),
      contextValues,
    };
  },
};
