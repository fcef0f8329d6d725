// The expression language of native manifests: texts with `${name}` and `${{ expression }}`, read, checked, evaluated.
export { checkText } from "./check.ts";
export { evaluateText } from "./evaluate.ts";
export { nameTypes, type DeclaredNames, type NameRoot, type Scope } from "./names.ts";
export { EvaluationError, lineColumn, type ExpressionProblem } from "./problem.ts";
export { closest, didYouMean } from "./suggest.ts";
export { constantText, parseTemplateText, textReferences, type TemplateText } from "./template-text.ts";
export { formatValue, type Value, type ValueType } from "./value.ts";
