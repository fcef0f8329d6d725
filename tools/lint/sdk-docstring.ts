import type { Rule, Visitor } from "./rule.ts";

/**
 * Every name that the sdk exports says what it is: a docstring before its first declaration (a schema and its type are
 * one name), which says more than the name does.
 */
export const sdkDocstring: Rule = {
  meta: { type: "problem" },
  create(context) {
    const told = new Set<string>();
    return {
      ExportNamedDeclaration(node) {
        for (const name of namesOf(node.declaration)) {
          if (told.has(name)) continue;
          told.add(name);
          const doc = docstringBefore(context.sourceCode.text, node.range[0]);
          if (doc === undefined) {
            context.report({
              node,
              message: `Say of ${name} what it is: shapes, units, limits, what its states mean.`,
            });
          } else if (!saysMore(doc, name)) {
            context.report({
              node,
              message: `The docstring of ${name} repeats its name: say what that does not tell.`,
            });
          }
        }
      },
    };
  },
};

type Declaration = Parameters<NonNullable<Visitor["ExportNamedDeclaration"]>>[0]["declaration"];

/** The names that a declaration makes; none for names of other files, which are told there. */
function namesOf(declaration: Declaration): string[] {
  if (declaration === null) return [];
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
  }
  return "id" in declaration && declaration.id?.type === "Identifier" ? [declaration.id.name] : [];
}

/** The text of the docstring that ends right before the position. */
function docstringBefore(source: string, position: number): string | undefined {
  return /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*$/.exec(source.slice(0, position))?.[1];
}

const small = new Set(["a", "an", "and", "for", "is", "of", "the", "to", "what", "which"]);

/** Whether three words at least are not the name's own. */
function saysMore(doc: string, name: string): boolean {
  const own = new Set(name.split(/(?=[A-Z])|_/).map((word) => word.toLowerCase()));
  const words = doc.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => !own.has(word) && !own.has(word.replace(/s$/, "")) && !small.has(word)).length >= 3;
}
