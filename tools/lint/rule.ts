import type { RuleTester } from "oxlint/plugins-dev";

/** A rule of the house, as oxlint takes it (the interface is ESLint's). */
export type Rule = Parameters<RuleTester["run"]>[1];

type Create = Extract<Rule, { create: unknown }>["create"];
export type Visitor = ReturnType<Create>;
/** Anything of the syntax tree that can be reported. */
export type Node =
  | Parameters<NonNullable<Visitor["ImportDeclaration"]>>[0]
  | Parameters<NonNullable<Visitor["TaggedTemplateExpression"]>>[0]
  | Parameters<NonNullable<Visitor["Literal"]>>[0];

/** Calls `onImport` for each module a file names: static and dynamic imports, types among them, and re-exports. */
export function visitImports(onImport: (specifier: string, node: Node) => void): Visitor {
  return {
    ImportDeclaration: ({ source }) => onImport(source.value, source),
    ExportNamedDeclaration: ({ source }) => {
      if (source) onImport(source.value, source);
    },
    ExportAllDeclaration: ({ source }) => onImport(source.value, source),
    ImportExpression: ({ source }) => {
      if (source.type === "Literal" && typeof source.value === "string") onImport(source.value, source);
    },
  };
}
