// npm run menus: generates the graph panel's context menu in package.json from the tree's.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { panelMenu } from '../src/view/graphPanel/contextMenu';
import { projectRoot } from './lab';

interface Manifest {
  readonly contributes: { readonly menus: Record<string, Parameters<typeof panelMenu>[0]> };
}

const file = path.join(projectRoot, 'package.json');
const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
const { menus } = manifest.contributes;
menus['webview/context'] = panelMenu(menus['view/item/context'] ?? []);
writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
