import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { allMessages } from '../../scripts/bundle/messages';
import { plainTexts, findUntranslated } from './plainTexts';

const root = path.resolve(import.meta.dirname, '../..');
const json = (name: string) => JSON.parse(readFileSync(path.join(root, name), 'utf8')) as Record<string, string>;

/** Texts that nobody reads as words, by file, and why. */
const notForPeople: Readonly<Record<string, { readonly texts: RegExp; readonly because: string }>> = {
  'src/view/graphPanel/nodePresentation.ts': {
    texts: /^group (busy|removable)$/,
    because: 'words of a menu’s condition',
  },
  'src/view/graphPanel/webview/canvas.ts': { texts: /^edge( \w+)+$/, because: 'classes of the drawing' },
  'src/view/graphPanel/webview/nodeElement.ts': { texts: /^sign \w+$/, because: 'classes of the drawing' },
  'src/view/graphPanel/exports.ts': { texts: /svg \{ background/, because: 'the drawing’s style sheet' },
  'src/view/problemReport.ts': { texts: /./, because: 'read by who mends Podgraph' },
  'src/commands/connections.ts': { texts: / was left out: /, because: 'said to the log' },
  'src/commands/filterCommands.ts': { texts: /^web state:running label:/, because: 'an example of what is typed' },
};

/** The compiler that reads the sources takes its time to load. */
const timeout = 60_000;

describe('what people read', () => {
  it('goes through l10n.t, wherever it is said', { timeout }, () => {
    const missed = plainTexts().filter(({ file, text }) => !notForPeople[file]?.texts.test(text));
    const told = missed.map(({ file, line, text }) => `${file}:${line} says ${JSON.stringify(text)}`);
    expect(told, 'Word these with l10n.t(…), then run npm run l10n and translate what it adds').toEqual([]);
  });

  it.each([
    ["window.showInformationMessage('Done')", 'Done'],
    ['window.showWarningMessage(x, `Retry ${n}`)', 'Retry \u0000'],
    ["item.tooltip = busy ? 'Wait' : ''", 'Wait'],
    ["element.setAttribute('aria-label', 'Zoom')", 'Zoom'],
    ["const words = { placeHolder: 'Name' }", 'Name'],
    ["say('Something is wrong here')", 'Something is wrong here'],
    ["button.textContent = '$(x) Go'", '$(x) Go'],
    ["render('<b>It is so</b>')", '<b>It is so</b>'],
  ])('is found where it does not: %s', (code, text) => {
    expect(findUntranslated(code, 'x.ts').map(([, found]) => found)).toEqual([text]);
  });

  it('is not what goes through it, nor what the log and errors say, nor names', () => {
    const code = `
      window.showInformationMessage(l10n.t('Done so far'), vscode.l10n.t('Retry all'));
      log.info('removal has ended'); this.parts.log.warn(\`it is \${x} gone\`);
      throw new Error('cannot be so'); if (source === 'docker context') item.text = '$(zap)';
      element.title = 'Podgraph'; element.setAttribute('role', 'treeitem'); const shape = { kind: 'pod' };`;
    expect(findUntranslated(code, 'x.ts')).toEqual([]);
  });

  it('comes from package.nls.json, where package.json says it', () => {
    const said =
      /^(title|name|contextualTitle|contents|altText|description|markdownDescription|enumDescriptions|markdownEnumDescriptions|patternErrorMessage|errorMessage|deprecationMessage)$/;
    const plain: string[] = [];
    const look = (value: unknown, key: string) => {
      if (typeof value === 'string') {
        if (said.test(key) && value !== 'Podgraph' && !/^%[\w.]+%$/.test(value)) plain.push(`${key}: ${value}`);
      } else if (Array.isArray(value)) value.forEach((one) => look(one, key));
      else if (value !== null && typeof value === 'object')
        for (const [name, one] of Object.entries(value)) look(one, name);
    };
    const { contributes, capabilities } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      readonly contributes: unknown;
      readonly capabilities: unknown;
    };
    look(contributes, '');
    look(capabilities, '');
    expect(plain, 'Move these to package.nls.json').toEqual([]);
  });
});

/** The languages there are, by their files. */
const languages = readdirSync(path.join(root, 'l10n')).flatMap(
  (name) => /^bundle\.l10n\.(.+)\.json$/.exec(name)?.[1] ?? [],
);

/** What reads the same in every language. */
const sameEverywhere = new Set(['+{0}', 'API', 'Pod', 'Podgraph', '{0} {1}.', '{0} … {1}', '{0}: {1}']);

const holes = (text: string) => (text.match(/\{\d+\}|command:[\w.]+|`[^`]*`/g) ?? []).sort();

describe('translations', () => {
  it('are there for simplified Chinese', () => {
    expect(languages).toContain('zh-cn');
  });

  describe.each(languages)('into %s', (language) => {
    const pairs = (): [string, string, string | undefined][] => {
      const messages = json(`l10n/bundle.l10n.${language}.json`);
      const [english, texts] = [json('package.nls.json'), json(`package.nls.${language}.json`)];
      return [
        ...allMessages().map((text): [string, string, string | undefined] => [text, text, messages[text]]),
        ...Object.entries(english).map(([key, text]): [string, string, string | undefined] => [key, text, texts[key]]),
      ];
    };

    it('are complete, and hold nothing else', { timeout }, () => {
      const missing = pairs().filter(([, , translated]) => !translated?.trim());
      const lines = missing.map(
        ([key, text]) =>
          `${key === text ? `bundle.l10n.${language}.json` : `package.nls.${language}.json ${key}`}: ${text}`,
      );
      expect(lines, `Translate these`).toEqual([]);
      expect(existsSync(path.join(root, `package.nls.${language}.json`))).toBe(true);
      const known = new Set([...allMessages(), ...Object.keys(json('package.nls.json'))]);
      const all = [
        ...Object.keys(json(`l10n/bundle.l10n.${language}.json`)),
        ...Object.keys(json(`package.nls.${language}.json`)),
      ];
      expect(
        all.filter((key) => !known.has(key)),
        'Take these out: nothing says them any more',
      ).toEqual([]);
    });

    it('put in what the English puts in: numbers, names, links, code', { timeout }, () => {
      for (const [key, text, translated] of pairs()) expect(holes(translated ?? ''), key).toEqual(holes(text));
    });

    it('are translations', { timeout }, () => {
      const same = pairs().filter(([, text, translated]) => text === translated && !sameEverywhere.has(text));
      expect(same.map(([key]) => key)).toEqual([]);
    });
  });
});
