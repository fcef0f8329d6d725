import { expect, test } from "vitest";
import { TemplateVersionVariable } from "@hearth/sdk";
import { toApiVariable } from "./to-api.ts";

test.for([
  ["string", "string"],
  ["number", "number"],
  ["bool", "bool"],
  ["list(string)", "string"],
] as const)("a variable of type %s is shown in a word of the contract", ([type, shown]) => {
  const variable = { name: "regions", description: "", value: "", default_value: "", required: true, sensitive: false };

  const answer = toApiVariable({ ...variable, type, template_version_id: "" });

  expect(TemplateVersionVariable.parse(answer).type).toBe(shown);
});
