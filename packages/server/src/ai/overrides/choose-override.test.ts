import { expect, test } from "vitest";
import { chooseOverride, type PersonalOverride } from "./choose-override.ts";

const own = { modelConfigId: "own", effort: "high" } as const;
const theirs = { modelConfigId: "theirs", effort: null };

test.for<[PersonalOverride | undefined, expected: string | undefined]>([
  [undefined, "theirs"],
  [{ mode: "deployment_default", override: undefined }, "theirs"],
  [{ mode: "chat_default", override: undefined }, undefined],
  [{ mode: "model", override: own }, "own"],
])("with %j and one of the organization: %s", ([personal, expected]) => {
  expect(chooseOverride(personal, theirs)?.modelConfigId).toBe(expected);
});
