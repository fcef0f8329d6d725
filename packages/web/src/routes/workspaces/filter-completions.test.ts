import { expect, test } from "vitest";
import { completions } from "./filter-completions.ts";

const templates = ["node", "nix", "python"];

test.for([
  [
    "an empty filter offers every key",
    "",
    ["owner:", "status:", "template:", "name:", "has-agent:", "outdated:", "dormant:", "param:"],
  ],
  ["a beginning offers the keys that begin so", "st", ["status:"]],
  ["a key that is there is not offered again", "owner:me o", ["outdated:"]],
  ["after a key come its values", "status:st", ["status:starting", "status:stopped", "status:stopping"]],
  ["templates are offered by name", "owner:me template:n", ["template:node", "template:nix"]],
  ["a value that is complete offers nothing", "template:node", []],
  ["an unknown key offers nothing", "colour:r", []],
] as const)("%s", ([, filter, labels]) => {
  expect(completions(filter, templates).map(({ label }) => label)).toEqual(labels);
});

test("choosing replaces the last word and keeps the rest", () => {
  expect(completions("owner:me template:py", templates)[0]?.filter).toBe("owner:me template:python ");
});
