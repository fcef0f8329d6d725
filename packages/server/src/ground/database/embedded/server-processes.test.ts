import { expect, test } from "vitest";
import { parsePostmasterPid } from "./postmaster-pid.ts";
import { toRole } from "./server-processes.ts";

test.for([
  { name: "a server on the cluster", args: ["/x/bin/postgres", "-D", "/d/postgres", "-c", "a=b"], want: "postmaster" },
  { name: "a server on another cluster", args: ["/x/bin/postgres", "-D", "/other", "-c", "a=b"], want: undefined },
  { name: "a backend of the cluster", args: ["postgres: hearth-1: hearth hearth [local] idle"], want: "backend" },
  {
    name: "a backend of a cluster whose name begins alike",
    args: ["postgres: hearth-12: checkpointer"],
    want: undefined,
  },
  { name: "another program on the directory", args: ["/usr/bin/ls", "-D", "/d/postgres"], want: undefined },
  { name: "a server that names no directory", args: ["postgres"], want: undefined },
  { name: "a process that is gone", args: [], want: undefined },
])("$name is: $want", ({ args, want }) => {
  expect(toRole(args, "/d/postgres", "hearth-1")).toBe(want);
});

test.for([
  {
    name: "a server that takes connections",
    text: "42\n/d/postgres\n1795271027\n5432\n/d/socket\n\n  9987499        15\nready   \n",
    want: { pid: 42, socketDir: "/d/socket", status: "ready" },
  },
  { name: "one that has just begun to write", text: "42\n", want: { pid: 42, socketDir: "", status: "unknown" } },
  {
    name: "one that starts",
    text: "42\n/d\n1\n5432\n\n\n\nstarting\n",
    want: { pid: 42, socketDir: "", status: "starting" },
  },
  { name: "an empty file", text: "", want: undefined },
  { name: "the negative number of a single-user server", text: "-42\n", want: undefined },
])("a pid file of $name is read", ({ text, want }) => {
  expect(parsePostmasterPid(text)).toEqual(want);
});
