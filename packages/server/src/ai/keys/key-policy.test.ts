import { expect, test } from "vitest";
import { chooseKey } from "./key-policy.ts";

const [on, off] = [true, false];

// Central keys, users' keys, fallback, whether the user has one: the table of the spec, with a central key there.
test.for<[central: boolean, user: boolean, fallback: boolean, hasUserKey: boolean, expected: string]>([
  [on, off, off, off, "central"],
  [on, off, off, on, "central"],
  [on, off, on, off, "central"],
  [on, off, on, on, "central"],
  [off, on, off, on, "user"],
  [off, on, off, off, "user_api_key_required"],
  [off, on, on, on, "user"],
  [off, on, on, off, "user_api_key_required"],
  [on, on, off, on, "user"],
  [on, on, off, off, "user_api_key_required"],
  [on, on, on, on, "user"],
  [on, on, on, off, "central"],
])("central %s, user keys %s, fallback %s, the user has one: %s → %s [chat 208]", (row) => {
  const [central, user, fallback, userKey, expected] = row;
  const choice = chooseKey({ central, user, fallback }, { centralKey: true, userKey });

  expect(choice.source ?? choice.reason).toBe(expected);
});

test.for<[user: boolean, fallback: boolean, expected: string]>([
  [off, off, "missing_api_key"],
  [on, on, "user_api_key_required"],
])("with no key anywhere, user keys %s, fallback %s → %s [chat 208]", ([user, fallback, expected]) => {
  const choice = chooseKey({ central: true, user, fallback }, { centralKey: false, userKey: false });

  expect(choice.source ?? choice.reason).toBe(expected);
});
