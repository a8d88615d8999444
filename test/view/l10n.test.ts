import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportMessages, messageBundle } from '../../scripts/bundle/messages';
import { plainTexts, findUntranslated } from './untranslated';

const root = path.resolve(import.meta.dirname, '../..');
const json = (name: string) => JSON.parse(readFileSync(path.join(root, name), 'utf8')) as Record<string, string>;

/** Strings that are not user-visible, by file, with the reason. */
const notUserVisible: Readonly<Record<string, { readonly texts: RegExp; readonly because: string }>> = {
  'src/view/graphPanel/webview/canvas.ts': { texts: /^edge( \w+)+$/, because: 'CSS classes' },
  'src/view/graphPanel/webview/svgNode.ts': { texts: /^icon \w+$/, because: 'CSS classes' },
  'src/view/graphPanel/exports.ts': { texts: /svg \{ background/, because: 'style sheet of the graph' },
  'src/view/problemReport.ts': { texts: /./, because: 'read by maintainers' },
  'src/commands/connections.ts': { texts: / ignored: /, because: 'log message' },
  'src/commands/gettingStarted.ts': {
    texts: /^(systemctl .*|podman .*|Podman|Docker)$/,
    because: 'commands and products',
  },
  'src/commands/filterCommands.ts': { texts: /^web state:running label:/, because: 'example of a filter' },
};

/** Loading the TypeScript compiler and the parser of l10n-dev is slow. */
const timeout = 60_000;

describe('user-visible text', () => {
  it('uses l10n.t', { timeout }, () => {
    const missed = plainTexts().filter(({ file, text }) => !notUserVisible[file]?.texts.test(text));
    const lines = missed.map(({ file, line, text }) => `${file}:${line} has ${JSON.stringify(text)}`);
    expect(lines, 'Use l10n.t(…), run npm run l10n and translate the new keys').toEqual([]);
  });

  it('is in the message bundle', { timeout }, async () => {
    const bundle: unknown = JSON.parse(readFileSync(messageBundle, 'utf8'));
    expect(bundle, 'Run npm run l10n').toEqual(await exportMessages());
  });

  it.each([
    ["window.showInformationMessage('Done')", 'Done'],
    ['window.showWarningMessage(x, `Retry ${n}`)', 'Retry \u0000'],
    ["item.tooltip = busy ? 'Wait' : ''", 'Wait'],
    ["element.setAttribute('aria-label', 'Zoom')", 'Zoom'],
    ["const options = { placeHolder: 'Name' }", 'Name'],
    ["say('Something is wrong here')", 'Something is wrong here'],
    ["button.textContent = '$(x) Go'", '$(x) Go'],
    ["render('<b>It is so</b>')", '<b>It is so</b>'],
  ])('is found without l10n.t: %s', (code, text) => {
    expect(findUntranslated(code, 'x.ts').map(([, found]) => found)).toEqual([text]);
  });

  it('excludes translated strings, log and error messages, and names', () => {
    const code = `
      window.showInformationMessage(l10n.t('Done so far'), vscode.l10n.t('Retry all'));
      log.info('removal has ended'); this.parts.log.warn(\`it is \${x} gone\`);
      throw new Error('cannot be so'); if (source === 'docker context') item.text = '$(zap)';
      element.title = 'Podgraph'; element.setAttribute('role', 'treeitem'); const shape = { kind: 'pod' };`;
    expect(findUntranslated(code, 'x.ts')).toEqual([]);
  });

  it('comes from package.nls.json in package.json', () => {
    const userVisible =
      /^(title|name|displayName|userDescription|contextualTitle|contents|altText|description|markdownDescription|enumDescriptions|markdownEnumDescriptions|patternErrorMessage|errorMessage|deprecationMessage)$/;
    const plain: string[] = [];
    const collect = (value: unknown, key: string) => {
      if (typeof value === 'string') {
        if (userVisible.test(key) && value !== 'Podgraph' && !/^%[\w.]+%$/.test(value)) plain.push(`${key}: ${value}`);
      } else if (Array.isArray(value)) value.forEach((one) => collect(one, key));
      else if (value !== null && typeof value === 'object')
        for (const [name, one] of Object.entries(value)) collect(one, name);
    };
    const { contributes, capabilities } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      readonly contributes: Record<string, unknown> & {
        readonly languageModelTools: readonly Record<string, unknown>[];
      };
      readonly capabilities: unknown;
    };
    // The names and schemas of tools are read by language models only.
    const languageModelTools = contributes.languageModelTools.map(({ displayName, userDescription }) => ({
      displayName,
      userDescription,
    }));
    collect({ ...contributes, languageModelTools }, '');
    collect(capabilities, '');
    expect(plain, 'Move these to package.nls.json').toEqual([]);
  });
});

const languages = readdirSync(path.join(root, 'l10n')).flatMap(
  (name) => /^bundle\.l10n\.(.+)\.json$/.exec(name)?.[1] ?? [],
);

/** Strings that are the same in every language. */
const sameEverywhere = new Set(['+{0}', 'API', 'ID', 'Pod', 'Podgraph', '{0} … {1}', '{0}: {1}']);

const placeholders = (text: string) => (text.match(/\{\d+\}|command:[\w.]+|`[^`]*`/g) ?? []).sort();

describe('translations', () => {
  it('exist for simplified Chinese', () => {
    expect(languages).toContain('zh-cn');
  });

  describe.each(languages)('into %s', (language) => {
    const pairs = (): [string, string, string | undefined][] => {
      const messages = json(`l10n/bundle.l10n.${language}.json`);
      const [english, texts] = [json('package.nls.json'), json(`package.nls.${language}.json`)];
      return [
        ...Object.keys(json('l10n/bundle.l10n.json')).map((text): [string, string, string | undefined] => [
          text,
          text,
          messages[text],
        ]),
        ...Object.entries(english).map(([key, text]): [string, string, string | undefined] => [key, text, texts[key]]),
      ];
    };

    it('are complete and have no unused keys', () => {
      const missing = pairs().filter(([, , translated]) => !translated?.trim());
      const lines = missing.map(
        ([key, text]) =>
          `${key === text ? `bundle.l10n.${language}.json` : `package.nls.${language}.json ${key}`}: ${text}`,
      );
      expect(lines, `Translate these`).toEqual([]);
      expect(existsSync(path.join(root, `package.nls.${language}.json`))).toBe(true);
      const known = new Set(['l10n/bundle.l10n.json', 'package.nls.json'].flatMap((name) => Object.keys(json(name))));
      const all = [
        ...Object.keys(json(`l10n/bundle.l10n.${language}.json`)),
        ...Object.keys(json(`package.nls.${language}.json`)),
      ];
      expect(
        all.filter((key) => !known.has(key)),
        'Remove these unused keys',
      ).toEqual([]);
    });

    it('contain the placeholders, links and code of the English text', () => {
      for (const [key, text, translated] of pairs())
        expect(placeholders(translated ?? ''), key).toEqual(placeholders(text));
    });

    it('differ from the English text', () => {
      const same = pairs().filter(([, text, translated]) => text === translated && !sameEverywhere.has(text));
      expect(same.map(([key]) => key)).toEqual([]);
    });
  });
});
