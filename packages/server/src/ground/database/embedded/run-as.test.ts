import { expect, test } from "vitest";
import { canEnter } from "./run-as.ts";

test.for([
  { name: "everyone may enter 0755", mode: 0o755, uid: 5, gid: 6, want: true },
  { name: "the owner may enter 0700", mode: 0o700, uid: 1, gid: 6, want: true },
  { name: "others may not enter 0700", mode: 0o700, uid: 5, gid: 6, want: false },
  { name: "passing through needs only x", mode: 0o711, uid: 5, gid: 6, want: true },
  { name: "the group's bit counts for its members", mode: 0o750, uid: 5, gid: 2, want: true },
  { name: "and shuts them out even where others may", mode: 0o705, uid: 5, gid: 2, want: false },
  { name: "as the owner's does for the owner", mode: 0o077, uid: 1, gid: 2, want: false },
])("$name", ({ mode, uid, gid, want }) => {
  expect(canEnter({ mode, uid: 1, gid: 2 }, uid, gid)).toBe(want);
});
