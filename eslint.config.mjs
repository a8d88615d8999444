import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Lowest first. A layer may import only itself and the layers below it. */
const layers = ['graph', 'engine', 'service', 'view', 'commands'];
/** Only the top three layers (view, commands, extension.ts) may import the editor. */
const withoutEditor = ['graph', 'engine', 'service', 'demo'];

const layerRules = layers.map((layer, height) => {
  const above = layers.slice(height + 1).map((upper) => ({
    regex: `(^|/)\\.\\./(.*/)?${upper}/`,
    message: `src/${layer} may not import src/${upper}: imports go down only.`,
  }));
  const demo = {
    regex: '(^|/)demo/',
    message: 'The demo engine is reached over its socket; only extension.ts imports it.',
  };
  const editor = {
    regex: '^vscode$',
    message: `src/${layer} does not import the editor: src/view has the text for what it returns.`,
  };
  return {
    files: [`src/${layer}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [...above, demo, ...(withoutEditor.includes(layer) ? [editor] : [])] },
      ],
    },
  };
});

/** Functions that give text a meaning (links, icons), or show it where that could disguise something. */
const textSinks = [
  'showInformationMessage',
  'showWarningMessage',
  'showErrorMessage',
  'showQuickPick',
  'createQuickPick',
  'showInputBox',
  'createInputBox',
  'withProgress',
  'createTerminal',
  'createStatusBarItem',
  'setStatusBarMessage',
  'createOutputChannel',
  'badge',
];
/** @vscode/l10n-dev ignores other arguments, so their messages would never be translated. */
const l10nLiteral = {
  selector:
    "CallExpression[callee.property.name='t']:matches([callee.object.name='l10n'], [callee.object.property.name='l10n']):not([arguments.0.type='Literal'], [arguments.0.type='TemplateLiteral'][arguments.0.expressions.length=0])",
  message: 'l10n.t requires a literal text.',
};
const displayOnly = 'Only src/view/display.ts shows text to users: it accepts only DisplayText.';
const display = {
  files: ['src/{graph,engine,service,view,commands}/**/*.ts', 'src/extension.ts'],
  ignores: ['src/view/display.ts', 'src/view/text/format.ts'],
  rules: {
    'no-restricted-properties': ['error', ...textSinks.map((property) => ({ property, message: displayOnly }))],
    'no-restricted-syntax': [
      'error',
      l10nLiteral,
      {
        selector: 'NewExpression[callee.property.name=/^(TreeItem|MarkdownString|CodeLens|Hover|InlayHint)$/]',
        message: displayOnly,
      },
      {
        selector: ":matches(NewExpression, CallExpression)[callee.name='RegExp']",
        message: 'Regular expressions are not built from input: src/graph/model/protection.ts matches wildcards.',
      },
      {
        selector: "TSAsExpression > TSTypeReference > Identifier[name='DisplayText']",
        message:
          'A cast would let any text pass for one that is safe to show: use plainText, plainMessage or plainLines.',
      },
    ],
  },
};
export default tseslint.config(
  { ignores: ['dist', 'out', '.lab', 'node_modules'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.ts', '**/*.mts'],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mjs', '.js', '.json'] })],
    },
    // Cycles of types have no order of evaluation that could go wrong; the rule ignores them.
    rules: { 'import-x/no-cycle': ['error', { ignoreExternal: true }] },
  },
  { files: ['src/**/*.ts'], rules: { 'max-lines': ['error', { max: 400 }] } },
  {
    files: ['src/demo/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^vscode$', message: 'The demo engine is a server of its own.' },
            {
              regex: '\\.\\./(graph|engine|service|view|commands)/',
              message: 'The demo engine shares no code with its clients.',
            },
          ],
        },
      ],
    },
  },
  { files: ['src/**/*.ts'], rules: { 'no-restricted-syntax': ['error', l10nLiteral] } },
  ...layerRules,
  display,
  { files: ['scripts/**/*.ts', 'test/bench/**/*.ts'], rules: { 'no-console': 'off' } },
);
