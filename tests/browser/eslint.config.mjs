// ESLint rules for the pages' modules and their tests.
import js from '@eslint/js';
import stylistic from '@stylistic/eslint-plugin';
import globals from 'globals';

/** Properties that turn text into code or elements. */
const UNSAFE = [
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'write',
  'writeln',
  'setHTMLUnsafe',
  'srcdoc',
  'cssText',
  'createContextualFragment',
];

export default [
  js.configs.recommended,
  {
    plugins: { '@stylistic': stylistic },
    rules: {
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 40],
      '@stylistic/max-len': ['error', { code: 140, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }],
    },
  },
  {
    files: ['src/web/**/*.js'],
    languageOptions: { globals: { ...globals.browser, ...globals.serviceworker } },
    rules: {
      'no-console': 'error',
      'no-restricted-globals': ['error', 'event', 'find', 'length', 'name', 'parent', 'status', 'stop', 'top'],
      'no-warning-comments': 'error',
      'no-restricted-properties': ['error', ...UNSAFE.map((property) => ({ property }))],
    },
  },
  {
    // Functions that are evaluated in a page stand among the code of a test.
    files: ['tests/browser/**/*.mjs'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
];
