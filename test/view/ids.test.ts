import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConcurrency } from '../../src/view/settings';
import { commandIds, contextKeys, settingNames, viewIds, welcomeKinds } from '../../src/view/ids';

const root = path.resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');

interface Entry {
  readonly command?: string;
  readonly when?: string;
  readonly key?: string;
}

interface Manifest {
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly configuration: {
      readonly properties: Record<string, { readonly default: unknown; readonly scope: string }>;
    };
    readonly keybindings: readonly Entry[];
    readonly menus: Record<string, readonly Entry[]>;
    readonly views: Record<string, readonly { readonly id: string; readonly icon: string }[]>;
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string; readonly icon: string }[] };
    readonly walkthroughs: readonly {
      readonly steps: readonly { readonly id: string; readonly media: { readonly image: string } }[];
    }[];
    readonly viewsWelcome: readonly { readonly contents: string; readonly when: string }[];
  };
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const { contributes } = manifest;
const entries = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
const sorted = (names: Iterable<string>) => [...names].sort();

describe('ids.ts and package.json', () => {
  it('have the same commands', () => {
    const declared = contributes.commands.map(({ command }) => command);
    expect(sorted(declared)).toEqual(sorted(Object.values(commandIds)));
    expect(declared).toEqual(expect.arrayContaining(entries.flatMap(({ command }) => command ?? [])));
  });

  it("have the same settings, and the service's default", () => {
    const { properties } = contributes.configuration;
    expect(sorted(Object.keys(properties))).toEqual(sorted(settingNames.map((name) => `podgraph.${name}`)));
    expect(parseConcurrency(properties['podgraph.maxConcurrency']?.default)).toBe('auto');
    expect(properties['podgraph.connections']?.scope).toBe('machine');
  });

  it('have the same view', () => {
    expect(contributes.viewsContainers.activitybar.map(({ id }) => id)).toEqual([viewIds.container]);
    expect(contributes.views[viewIds.container]?.map(({ id }) => id)).toEqual([viewIds.tree]);
  });

  it('use only context keys that are set', () => {
    const conditions = [...entries, ...contributes.viewsWelcome].flatMap(({ when }) => when ?? []).join(' && ');
    const used = new Set(conditions.match(/(?<![\w.'])podgraph\.[a-zA-Z]+/g));
    for (const view of [viewIds.tree, viewIds.graph]) used.delete(view);
    expect(contextKeys).toEqual(expect.arrayContaining([...used]));
  });

  it('have a welcome view for each kind', () => {
    const texts = contributes.viewsWelcome.map(({ when }) => /== '(\w+)'/.exec(when)?.[1]);
    expect(sorted(new Set(texts.map(String)))).toEqual(sorted(welcomeKinds.filter((welcome) => welcome !== 'none')));
  });

  it('enable node commands only if there are nodes', () => {
    for (const { command, when } of contributes.menus['view/item/context'] ?? []) {
      expect(when, command).toMatch(/view == podgraph\.tree && viewItem =~/);
    }
    for (const { key, when } of contributes.keybindings) expect(when, key).toMatch(/focusedView == 'podgraph\.tree'/);
  });

  it('have a walkthrough with existing pictures and a description that VS Code does not cut', () => {
    const [walkthrough] = contributes.walkthroughs;
    const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
    expect(texts['walkthrough.description']?.length).toBeLessThanOrEqual(60);
    for (const { media } of walkthrough?.steps ?? []) expect(existsSync(path.join(root, media.image))).toBe(true);
    expect(walkthrough?.steps.map(({ id }) => id.split('.').at(-1))).toEqual([
      'connect',
      'graph',
      'preview',
      'remove',
      'protect',
    ]);
  });

  it('use existing icons', () => {
    const icons = [manifest.icon, ...contributes.viewsContainers.activitybar.map(({ icon }) => icon)];
    for (const icon of icons) expect(existsSync(path.join(root, icon)), icon).toBe(true);
  });
});

describe('the README', () => {
  const readme = read('README.md');
  const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;

  it('lists every command and every setting with its default', () => {
    for (const { title } of contributes.commands) expect(readme).toContain(`**${texts[title.replaceAll('%', '')]}**`);
    for (const [name, { default: usual }] of Object.entries(contributes.configuration.properties)) {
      const shown = typeof usual === 'string' ? usual : JSON.stringify(usual);
      expect(readme).toContain(`| \`${name}\` | \`${shown}\` |`);
    }
  });

  it('shows existing images', () => {
    const pictures = [...readme.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, file]) => file ?? '');
    expect(pictures.length).toBeGreaterThan(1);
    for (const file of pictures) expect(existsSync(path.join(root, file)), file).toBe(true);
  });
});

describe('translatable strings', () => {
  it('are complete in package.nls.json, without unused keys', () => {
    const used = new Set([...read('package.json').matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key ?? ''));
    expect(sorted(Object.keys(JSON.parse(read('package.nls.json')) as object))).toEqual(sorted(used));
  });

  it('contain no Markdown where VS Code shows plain text', () => {
    const texts = Object.entries(JSON.parse(read('package.nls.json')) as Record<string, string>);
    const welcome = texts.filter(([key]) => key.startsWith('welcome.'));
    for (const [key, text] of welcome) expect(text, key).not.toMatch(/[`*]/);
  });

  it('link to existing commands', () => {
    const linked = [...read('package.nls.json').matchAll(/\(command:(podgraph\.\w+)/g)].map(([, id]) => id);
    expect(linked.length).toBeGreaterThan(0);
    expect(Object.values<string>(commandIds)).toEqual(expect.arrayContaining(linked));
  });
});
