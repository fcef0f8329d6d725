import { placeOf } from "./packages.ts";
import type { Rule } from "./rule.ts";

/**
 * Who else hears announcements: work that is woken, and rights that are asked again. What clients see change is none of
 * it. A file that comes here says there what its hints wake.
 */
const woken = [
  "src/agents/sessions/push-claims.ts",
  "src/agents/sessions/sessions.ts",
  "src/chats/worker/run-worker.ts",
  "src/ground/http/rate-limit.ts",
  "src/ground/live/held-grants.ts",
  "src/ground/outbox/run-outbox.ts",
  "src/jobs/acquirer.ts",
  "src/prebuilds/run-pools.ts",
  "src/setup/starter-template.ts",
  "src/setup/warm-pool.ts",
];

/** What this rule looks at of a node. */
interface Syntax {
  readonly type: string;
  readonly parent?: Syntax | null;
  readonly key?: { readonly type: string; readonly name?: string };
}

/**
 * One way to be live: announcements are heard by the `hear` of Topics, so that whoever watches shares reads, is told of
 * what was lost, and ends with its rights. A subscription of a route's own has none of this.
 */
export const liveTopics: Rule = {
  meta: { type: "problem" },
  create(context) {
    const place = placeOf(context.filename);
    if (place?.package !== "server" || place.isTest || woken.includes(place.path)) return {};
    return {
      CallExpression(node) {
        const { callee, arguments: given } = node;
        if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
        if (callee.property.name !== "subscribe" || given[0]?.type !== "Literal") return;
        for (let at = node as Syntax | null | undefined; at; at = at.parent) {
          if (at.type === "Property" && at.key?.type === "Identifier" && at.key.name === "hear") return;
        }
        const message = "What is live hears announcements by the `hear` of Topics (ground/live), and nobody else does.";
        context.report({ node, message });
      },
    };
  },
};
