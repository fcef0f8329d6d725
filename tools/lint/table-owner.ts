import { mayRead, mayWrite, owners } from "../../packages/server/src/ground/database/owners.ts";
import { placeOf } from "./packages.ts";
import type { Node, Rule } from "./rule.ts";
import { serverFolderOf } from "./server-folders.ts";

const writers = new Set(["insertInto", "updateTable", "deleteFrom", "mergeInto", "replaceInto"]);
const readers = /^(selectFrom|from|using|(?:inner|left|right|full|cross)(?:Lateral)?Join(?:Lateral)?)$/;
const writes = /\b(?:insert\s+into|update|delete\s+from|merge\s+into|truncate(?:\s+table)?)\s+(?:only\s+)?"?(\w+)/gi;

/** A table is written by the folder that owns it, and read by those that `owners.ts` names. */
export const tableOwner: Rule = {
  meta: { type: "problem" },
  create(context) {
    const place = placeOf(context.filename);
    if (place?.package !== "server" || place.isTest) return {};
    const file = place.path.replace(/^src\//, "");
    const folder = serverFolderOf(file) ?? file;
    const ownerOf = (table: string): string | undefined =>
      Object.hasOwn(owners, table) ? owners[table as keyof typeof owners] : undefined; // looked at just before
    const isOne = (list: readonly string[] | undefined, table: string): boolean => list?.includes(table) === true;

    const checkWrite = (table: string, node: Node): void => {
      const owner = ownerOf(table);
      if (owner === undefined || owner === folder || isOne(mayWrite[file], table)) return;
      const message = `${table} is written by ${owner} alone: use its door, and add there what you need.`;
      context.report({ node, message });
    };
    const checkRead = (table: string, node: Node): void => {
      const owner = ownerOf(table);
      if (owner === undefined || owner === folder || folder === "views") return;
      if (isOne(mayRead[folder], table) || isOne(mayWrite[file], table)) return;
      const message = `${table} belongs to ${owner}: ask by its door or by a view in views/; ground/database/owners.ts names the joins that need it.`;
      context.report({ node, message });
    };
    const checkText = (text: string, node: Node): void => {
      const bare = text.replace(/--[^\n]*/g, " ").replace(/'[^']*'/g, "''");
      const written = new Set([...bare.matchAll(writes)].map(([, table]) => table ?? ""));
      for (const table of written) checkWrite(table, node);
      const named = new Set([...bare.matchAll(/(?<![.\w]|\bas\s)(\w+)/gi)].map(([, word]) => word ?? ""));
      for (const table of named) if (!written.has(table)) checkRead(table, node);
    };
    return {
      CallExpression({ callee, arguments: args }) {
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        const [first] = args;
        if (first === undefined) return;
        const { name } = callee.property;
        if (name === "query" && first.type === "Literal" && typeof first.value === "string") {
          checkText(first.value, first);
        }
        if (!writers.has(name) && !readers.test(name)) return;
        for (const node of first.type === "ArrayExpression" ? first.elements : [first]) {
          if (node?.type !== "Literal" || typeof node.value !== "string") continue;
          const table = node.value.split(/\s/)[0] ?? "";
          if (writers.has(name)) checkWrite(table, node);
          else checkRead(table, node);
        }
      },
      TaggedTemplateExpression(node) {
        if (node.tag.type !== "Identifier" || node.tag.name !== "sql") return;
        checkText(node.quasi.quasis.map(({ value }) => value.raw).join(" ? "), node);
      },
    };
  },
};
