import { existsSync, fstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FakeClock } from "@hearth/base/fake-clock";
import { expect, test } from "vitest";
import { Scratch, textOf } from "#testing/scratch.ts";

const size = { columns: 80, rows: 24 };

function command(scratch: Scratch, script: string) {
  const { env, directory, shell } = scratch.surroundings();
  return { file: shell, args: ["-c", script], cwd: directory, env };
}

test("a process has its output, its status, and nothing to read", async () => {
  await using scratch = new Scratch();

  const process = await scratch.processes.start(command(scratch, "cat; echo out; echo err >&2; exit 3"));

  expect(await textOf(process.stdout)).toBe("out\n");
  expect(await textOf(process.stderr)).toBe("err\n");
  expect(await process.exited).toEqual({ code: 3, signal: undefined });
});

test("standard streams are pipes: they can be opened by their paths, even after everything was written", async () => {
  await using scratch = new Scratch();
  const script = "read go < /proc/self/fd/0; cat /dev/stdin | tee /dev/stderr";

  const process = await scratch.processes.startWithInput(command(scratch, script));
  process.stdin.end("go\nthe rest");

  expect(await textOf(process.stdout)).toBe("the rest");
  expect(await textOf(process.stderr)).toBe("the rest");
});

test("pipes that ran out are made good: 50 processes at once all work", async () => {
  await using scratch = new Scratch();

  const outputs = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const process = await scratch.processes.startWithInput(command(scratch, "cat"));
      process.stdin.end(String(index));
      return await textOf(process.stdout);
    }),
  );

  expect(outputs).toEqual(outputs.map((_, index) => String(index)));
});

test("a program that does not exist is an error, and leaves nothing open", async () => {
  await using scratch = new Scratch();

  const missing = scratch.processes.start({ ...command(scratch, ""), file: "/no/such/program" });

  await expect(missing).rejects.toMatchObject({ code: "ENOENT" });
});

test("a signal reaches the whole group", async () => {
  await using scratch = new Scratch();
  const process = await scratch.processes.start(
    command(
      scratch,
      "trap 'echo parent; wait; exit 1' INT; (trap 'echo child; exit' INT; echo ready; while :; do sleep 0.01; done) & wait",
    ),
  );
  await new Promise((resolve) => process.stdout.once("data", resolve));

  process.signal("SIGINT");

  expect((await textOf(process.stdout)).split("\n").sort()).toEqual(["", "child", "parent"]);
});

test("a terminal is the process's controlling one, has the size, and takes what is typed", async () => {
  await using scratch = new Scratch();
  const terminal = scratch.processes.openTerminal(
    command(scratch, "tty; stty size < /dev/tty; read x; echo got $x $MY_TTY"),
    size,
    "MY_TTY",
  );

  terminal.input.write("hello\n");
  const text = await textOf(terminal.output);

  expect(text).toContain(terminal.tty);
  expect(text).toContain("24 80\r\n");
  expect(text).toContain(`got hello ${terminal.tty}\r\n`);
  expect(await terminal.exited).toEqual({ code: 0, signal: undefined });
});

test("a terminal that is hung up ends its process, though others were started meanwhile and go on", async () => {
  await using scratch = new Scratch();
  const terminal = scratch.processes.openTerminal(command(scratch, "echo ready; while :; do sleep 0.01; done"), size);
  await new Promise((resolve) => terminal.output.once("data", resolve));
  const other = await scratch.processes.start(command(scratch, "while [ ! -e go ]; do sleep 0.01; done"));
  const another = scratch.processes.openTerminal(command(scratch, "while [ ! -e go ]; do sleep 0.01; done"), size);

  terminal.hangUp();

  expect(await terminal.exited).toEqual({ code: undefined, signal: "SIGHUP" });
  other.signal("SIGKILL");
  another.hangUp();
  await Promise.all([other.exited, another.exited]);
});

test("a command on a terminal that does not exist says so there", async () => {
  await using scratch = new Scratch();
  const terminal = scratch.processes.openTerminal({ ...command(scratch, ""), file: "/no/such/program" }, size);

  expect(await textOf(terminal.output)).toContain("/no/such/program");
  expect(await terminal.exited).toEqual({ code: 127, signal: undefined });
});

test("typing into a terminal whose process does not read waits by the clock, and ends with the terminal", async () => {
  const clock = new FakeClock();
  await using scratch = new Scratch({ clock });
  const terminal = scratch.processes.openTerminal(
    command(scratch, "stty raw -echo; echo ready; while :; do sleep 0.01; done"),
    size,
  );
  await new Promise((resolve) => terminal.output.once("data", resolve));

  terminal.input.write("x".repeat(200_000));
  await clock.asleep("terminal input");
  terminal.hangUp();
  terminal.input.destroy();
  await terminal.exited;

  expect(clock.pending()).toEqual([]);
});

/** How many ends of pipes this process holds. */
function openPipes(): number {
  const isPipe = (fd: string): boolean => fstatSync(Number(fd)).isFIFO();
  // The last is the one that listing them opens, closed since.
  return readdirSync("/proc/self/fd").filter((fd) => existsSync(`/proc/self/fd/${fd}`) && isPipe(fd)).length;
}

test("what is made in advance goes away with the processes' owner", async () => {
  await using scratch = new Scratch();
  const before = openPipes();
  await scratch.processes.prepare();
  expect(openPipes()).toBeGreaterThan(before);

  scratch.processes[Symbol.dispose]();

  expect(openPipes()).toBe(before);
  expect(readdirSync(join(scratch.folder, "run"))).toEqual([]);
});
