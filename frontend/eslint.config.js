import js from "@eslint/js";
import lit from "eslint-plugin-lit";
import globals from "globals";

export default [
  { ignores: ["**/vendor/", "**/node_modules/"] },
  js.configs.recommended,
  lit.configs["flat/recommended"],
  {
    files: ["custom_components/kith/panel/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      complexity: ["error", 10],
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", 60],
      "max-len": ["error", 120],
      eqeqeq: "error",
      "no-restricted-globals": ["error", "localStorage", "sessionStorage", "indexedDB"],
      "no-restricted-syntax": ["error", "MemberExpression[property.name=/^(innerHTML|outerHTML|localStorage)$/]"],
      "prefer-const": "error",
      "lit/no-native-attributes": "error",
      "lit/lifecycle-super": "error",
      "lit/no-this-assign-in-render": "error",
      "lit/no-useless-template-literals": "error",
    },
  },
  { files: ["frontend/*.js"], languageOptions: { globals: globals.node } },
];
