import tseslint from 'typescript-eslint';

/** The floors of the house, lowest first. A floor may import only itself and the floors below it. */
const floors = ['graph', 'engine', 'service', 'view', 'commands'];
/** Only the top three floors (view, commands, extension.ts) may know the editor. */
const withoutEditor = ['graph', 'engine', 'service', 'demo'];

const house = floors.map((floor, height) => {
  const above = floors.slice(height + 1).map((upper) => ({
    regex: `(^|/)\\.\\./(.*/)?${upper}/`,
    message: `src/${floor} may not import src/${upper}: imports never run up the house.`,
  }));
  const demo = {
    regex: '(^|/)demo/',
    message: 'The demo engine is reached over its socket; only extension.ts imports it.',
  };
  const editor = {
    regex: '^vscode$',
    message: `src/${floor} does not know the editor; src/view words what it returns.`,
  };
  return {
    files: [`src/${floor}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [...above, demo, ...(withoutEditor.includes(floor) ? [editor] : [])] },
      ],
    },
  };
});

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
  ...house,
  { files: ['scripts/**/*.ts', 'test/bench/**/*.ts'], rules: { 'no-console': 'off' } },
);
