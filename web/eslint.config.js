import eslint from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Each of these layers knows nothing of the others; pages bring them together. */
const LAYERS = ['api', 'camera', 'ui'];

const boundary = (layer) => ({
  files: [`src/${layer}/**/*.{ts,tsx}`],
  ignores: ['**/*.test.{ts,tsx}'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [...LAYERS, 'pages']
          .filter((other) => other !== layer)
          .map((other) => ({
            regex: `(^|/)\\.\\./(.*/)?${other}/`,
            message: `src/${layer} must not import src/${other}: only src/pages brings them together.`,
          })),
      },
    ],
  },
});

const FORBIDDEN_SYNTAX = [
  {
    selector: 'ExportAllDeclaration',
    message: 'No barrel files: import from where it is defined.',
  },
  {
    selector: 'JSXText[value=/\\p{L}{2}/u]',
    message: 'Sentences live in src/ui/words, one table per language.',
  },
  {
    selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
    message: 'Markup is made of elements, never of text.',
  },
];

export default tseslint.config(
  { ignores: ['node_modules', 'coverage', 'src/api/schema.d.ts'] },
  eslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Index access is checked by the compiler; what is proven otherwise is said with "!".
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [jsxA11y.flatConfigs.strict, reactHooks.configs.flat.recommended],
    rules: {
      'no-restricted-syntax': ['error', ...FORBIDDEN_SYNTAX],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
    },
  },
  ...LAYERS.map(boundary),
  { files: ['src/ui/words/*.ts'], rules: { 'max-lines': 'off' } },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
);
