import { placeOf } from "./packages.ts";
import type { Rule } from "./rule.ts";

const builders = ["selectFrom", "insertInto", "updateTable", "deleteFrom"];

/**
 * What serves a request reads its parts, asks for the right and answers: no SQL and no transaction in a file of routes,
 * by its name or because it makes some.
 */
export const thinRoutes: Rule = {
  meta: { type: "problem" },
  create(context) {
    const place = placeOf(context.filename);
    if (place?.package !== "server" || place.isTest) return {};
    let isOfRoutes = /^src\/(?:.+\/)?(?:routes\/[^/]+|routes|[^/]+-routes)\.ts$/.test(place.path);
    const found: (() => void)[] = [];
    return {
      ImportSpecifier({ imported, parent }) {
        if (imported.type !== "Identifier" || imported.name !== "route") return;
        if (parent.type === "ImportDeclaration" && parent.source.value.includes("/http/")) isOfRoutes = true;
      },
      TaggedTemplateExpression(node) {
        const { tag } = node;
        const name = tag.type === "MemberExpression" ? tag.object : tag;
        if (name.type !== "Identifier" || name.name !== "sql") return;
        found.push(() => context.report({ node, message: messageOf("SQL") }));
      },
      CallExpression(node) {
        const { callee } = node;
        if (callee.type === "Identifier" && callee.name === "transaction") {
          found.push(() => context.report({ node, message: messageOf("transaction") }));
        }
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        if (!builders.includes(callee.property.name)) return;
        found.push(() => context.report({ node, message: messageOf("SQL") }));
      },
      "Program:exit"() {
        if (isOfRoutes) for (const each of found) each();
      },
    };
  },
};

function messageOf(what: string): string {
  return `No ${what} in a file of routes: move it to the operations of the folder that owns the table.`;
}
