import type { TemplateVersionParameter } from "@hearth/sdk";
import { expect, test } from "vitest";
import { checkValue } from "./check-value.ts";

const base: TemplateVersionParameter = {
  name: "x",
  description: "",
  description_plaintext: "",
  type: "string",
  form_type: "input",
  mutable: true,
  default_value: "",
  icon: "",
  options: [],
  required: false,
  ephemeral: false,
};
const option = { name: "Small", description: "", value: "small", icon: "" };

test.for([
  [{ required: true }, "", "A value is needed."],
  [{}, "", undefined],
  [{ options: [option] }, "small", undefined],
  [{ options: [option] }, "large", "One of: small."],
  [{ type: "bool" }, "yes", "true or false."],
  [{ type: "bool" }, "true", undefined],
  [{ type: "number" }, "x", "A number."],
  [{ type: "number" }, " ", "A number."],
  [{ type: "number", validation_min: 1, validation_max: 4 }, "5", "Between 1 and 4."],
  [{ type: "number", validation_min: 1, validation_max: 4 }, "4", undefined],
  [{ type: "number", validation_max: 4, validation_error: "At most four." }, "5", "At most four."],
  [{ type: "list(string)" }, "a,b", 'A list in JSON, like ["a", "b"].'],
  [{ type: "list(string)" }, '["a", 1]', 'A list in JSON, like ["a", "b"].'],
  [{ type: "list(string)" }, '["a"]', undefined],
  [{ validation_regex: "^a+$" }, "b", "It must match ^a+$."],
  [{ validation_regex: "^a+$", validation_error: "Only a." }, "b", "Only a."],
  [{ validation_regex: "(?i)a" }, "b", undefined],
] as const)("%j with %j: %s", ([more, value, problem]) => {
  // The table's rows are parts of a parameter; `as const` has made their lists read-only.
  expect(checkValue({ ...base, ...(more as Partial<TemplateVersionParameter>) }, value)).toBe(problem);
});
