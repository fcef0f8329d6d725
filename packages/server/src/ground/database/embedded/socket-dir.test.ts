import { expect, test } from "vitest";
import { chooseSocketDir } from "./socket-dir.ts";

const long = `/${"d".repeat(99)}`;

test.for([
  { name: "beside the cluster where the path fits", dataDir: "/d", temporary: "/tmp", want: /^\/d\/postgres-socket$/ },
  {
    name: "in the temporary directory where it does not",
    dataDir: long,
    temporary: "/t",
    want: /^\/t\/hearth-postgres-[0-9a-f]{16}$/,
  },
  { name: "in /tmp where that is too long as well", dataDir: long, temporary: long, want: /^\/tmp\/hearth-postgres-/ },
  { name: "bytes count, not characters", dataDir: `/${"ü".repeat(45)}`, temporary: "/t", want: /^\/t\// },
])("the socket goes $name", ({ dataDir, temporary, want }) => {
  expect(chooseSocketDir(dataDir, `${dataDir}/postgres`, temporary)).toMatch(want);
});

test("the longest path that is kept is one Linux can bind", () => {
  const most = 107 - "/postgres-socket/.s.PGSQL.5432".length;
  const fits = `/${"d".repeat(most - 1)}`;

  expect(chooseSocketDir(fits, "x", "/t")).toBe(`${fits}/postgres-socket`);
  expect(chooseSocketDir(`${fits}d`, "x", "/t")).toMatch(/^\/t\//);
});

test("different data directories never share a socket", () => {
  expect(chooseSocketDir(long, `${long}/postgres`, "/t")).not.toBe(chooseSocketDir(long, `${long}2/postgres`, "/t"));
});
