import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { Log_Level, Timing_Stage, Timing_Status } from "@hearth/wire/agent-proto";
import { expect, test } from "vitest";
import { LogQueue } from "#logs/log-queue.ts";
import { interpret } from "#scripts/interpreter.ts";
import { runScript, type ScriptServices } from "#scripts/run-script.ts";
import { runScripts } from "#scripts/run-scripts.ts";
import type { Script, ScriptTiming } from "#scripts/script.ts";
import { Scratch } from "#testing/scratch.ts";

/** A workspace whose time is turned by hand. */
class Bench extends Scratch {
  readonly clock: FakeClock;
  readonly logs = new LogQueue();
  readonly timings: ScriptTiming[] = [];
  readonly services: ScriptServices;
  #onTiming: (() => void) | undefined;

  constructor(clock = new FakeClock(5000)) {
    super({ clock });
    this.clock = clock;
    this.services = {
      processes: this.processes,
      surroundings: this.surroundings,
      logs: this.logs,
      onTiming: (timing) => {
        this.timings.push(timing);
        this.#onTiming?.();
      },
      directories: { logs: join(this.folder, "logs"), data: join(this.folder, "data"), bin: join(this.folder, "bin") },
      home: this.folder,
      clock,
      log: silentLogger,
    };
  }

  async timing(count = 1): Promise<ScriptTiming[]> {
    while (this.timings.length < count) await new Promise<void>((resolve) => (this.#onTiming = resolve));
    return this.timings;
  }

  /** The script that runs has said something: its traps are set. */
  async saidSomething(): Promise<void> {
    while (!this.logs.nextBatch(1_000_000)) await new Promise<void>((resolve) => this.logs.changed.subscribe(resolve));
  }

  /** Everything logged, as the server would get it. */
  get lines(): [Log_Level, string][] {
    this.logs.flushAll();
    const lines: [Log_Level, string][] = [];
    for (let batch = this.logs.nextBatch(0); batch; batch = this.logs.nextBatch(0)) {
      lines.push(...batch.lines.map(({ level, output }): [Log_Level, string] => [level, output]));
      this.logs.arrived(batch, 0);
      this.logs.flushAll();
    }
    return lines;
  }
}

let sources = 0;
function script(text: string, more: Partial<Script> = {}): Script {
  const logSourceId = `00000000-0000-4000-8000-${String(sources++).padStart(12, "0")}`;
  return {
    id: new Uint8Array(16),
    logSourceId,
    logPath: "",
    text,
    name: "",
    runsOn: { start: true, stop: false, claim: false },
    blocksLogin: false,
    timeoutMs: 0,
    ...more,
  };
}

const never = new AbortController().signal;

test("a script's output goes to its source and its log file, its end is reported", async () => {
  await using bench = new Bench();
  const one = script("echo out; echo err >&2; exit 3", { logPath: "~/where/own.log" });

  const outcome = await runScript(one, Timing_Stage.START, bench.services, never);
  const [timing] = await bench.timing();

  expect(outcome).toBe("failed");
  expect(timing).toMatchObject({
    exitCode: 3,
    stage: Timing_Stage.START,
    status: Timing_Status.EXIT_FAILURE,
    startedAtMs: 5000,
  });
  expect(bench.lines.toSorted(([a], [b]) => a - b)).toEqual([
    [Log_Level.INFO, "out"],
    [Log_Level.ERROR, "err"],
  ]);
  expect((await readFile(join(bench.folder, "where/own.log"), "utf8")).split("\n").sort()).toEqual(["", "err", "out"]);
});

test("a script finds folders of its own and of all scripts, private ones", async () => {
  await using bench = new Bench();
  const one = script('echo "$CODER_SCRIPT_DATA_DIR|$HEARTH_SCRIPT_BIN_DIR"');

  await runScript(one, Timing_Stage.START, bench.services, never);
  await bench.timing();

  const [data, bin] = [join(bench.folder, "data", one.logSourceId), join(bench.folder, "bin")];
  expect(bench.lines).toEqual([[Log_Level.INFO, `${data}|${bin}`]]);
  for (const folder of [data, bin]) expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(existsSync(join(bench.folder, "logs", `hearth-script-${one.logSourceId}.log`))).toBe(true);
});

test.for([
  { what: "none", order: ["exit 0", "exit 0"], outcome: "ok" },
  { what: "an exit first", order: ["exit 1", "wait"], outcome: "failed" },
  { what: "a timeout first", order: ["until [ -e late ]; do sleep 0.01; done; exit 1", "wait"], outcome: "timed_out" },
] as const)("of several failures the first decides: $what [agents 73]", async ({ order, outcome }) => {
  await using bench = new Bench();
  const [first, second] = order;
  const scripts = [
    script(first),
    script(second === "wait" ? "exec sleep 1000" : second, { timeoutMs: second === "wait" ? 60_000 : 0 }),
  ];

  const running = runScripts("start", scripts, bench.services, never);
  if (second === "wait") {
    await bench.clock.asleep("script timeout");
    if (first === "exit 1") await bench.timing(1);
    await bench.clock.advance(60_000);
    if (first !== "exit 1") await bench.timing(1);
    await writeFile(join(bench.folder, "late"), "");
  }

  expect(await running).toBe(outcome);
  const timings = await bench.timing(2);
  expect(timings.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual(
    second === "wait" ? [Timing_Status.EXIT_FAILURE, Timing_Status.TIMED_OUT] : [Timing_Status.OK, Timing_Status.OK],
  );
});

test("a child that keeps the output open is reported after 10 s; the script itself has long ended [agents 74]", async () => {
  await using bench = new Bench();
  const one = script("(until [ -e over ]; do sleep 0.01; done) & echo $!; exit 0");

  const outcome = await runScript(one, Timing_Stage.START, bench.services, never);
  await bench.clock.asleep("script pipes");
  expect(bench.timings).toEqual([]);
  await bench.clock.advance(10_000);
  const [timing] = await bench.timing();

  expect(outcome).toBe("ok");
  expect(timing).toMatchObject({ status: Timing_Status.PIPES_LEFT_OPEN, exitCode: 0, endedAtMs: 15_000 });
  expect(bench.lines.filter(([level]) => level === Log_Level.WARN)).toMatchObject([
    [Log_Level.WARN, expect.stringContaining("10 s")],
  ]);
  await writeFile(join(bench.folder, "over"), "");
});

test("a script that ignores the interrupt is killed 10 s later [agents 75]", async () => {
  await using bench = new Bench();
  const one = script("trap '' INT; echo ready; while :; do sleep 0.01; done", { timeoutMs: 30_000 });

  const running = runScript(one, Timing_Stage.STOP, bench.services, never);
  await bench.clock.asleep("script timeout");
  await bench.saidSomething();
  await bench.clock.advance(30_000);
  await bench.clock.asleep("script kill grace");
  expect(bench.timings).toEqual([]);
  await bench.clock.advance(10_000);

  expect(await running).toBe("timed_out");
  expect((await bench.timing())[0]).toMatchObject({
    status: Timing_Status.TIMED_OUT,
    exitCode: 255,
    stage: Timing_Stage.STOP,
  });
});

test("a script that heeds the interrupt ends with what it says, and is timed out all the same", async () => {
  await using bench = new Bench();
  const one = script("trap 'echo stopping; exit 0' INT; echo ready; while :; do sleep 0.01; done", { timeoutMs: 1000 });

  const running = runScript(one, Timing_Stage.START, bench.services, never);
  await bench.clock.asleep("script timeout");
  await bench.saidSomething();
  await bench.clock.advance(1000);

  expect(await running).toBe("timed_out");
  expect((await bench.timing())[0]).toMatchObject({ status: Timing_Status.TIMED_OUT, exitCode: 0 });
  expect(bench.lines.map(([, line]) => line)).toContain("stopping");
});

test("what fails before the command starts is told in the script's own log [agents 76]", async () => {
  await using bench = new Bench();
  await writeFile(join(bench.folder, "file"), "");
  const unwritable = script("echo never", { logPath: "~/file/below.log" });
  const noInterpreter = script("#!/no/such/interpreter\necho never");

  expect(await runScript(unwritable, Timing_Stage.START, bench.services, never)).toBe("failed");
  expect(await runScript(noInterpreter, Timing_Stage.START, bench.services, never)).toBe("failed");

  expect(bench.lines).toMatchObject([
    [Log_Level.ERROR, expect.stringContaining(join(bench.folder, "file"))],
    [Log_Level.ERROR, expect.stringContaining("/no/such/interpreter")],
  ]);
  expect(bench.timings.map(({ status, exitCode }) => [status, exitCode])).toEqual([
    [Timing_Status.EXIT_FAILURE, 255],
    [Timing_Status.EXIT_FAILURE, 255],
  ]);
});

test("a script is interrupted when it is to stop", async () => {
  await using bench = new Bench();
  const stop = new AbortController();

  const running = runScript(script("exec sleep 1000"), Timing_Stage.START, bench.services, stop.signal);
  await bench.processes.prepare();
  stop.abort();

  expect(await running).toBe("failed");
});

test("scripts run as what their first line says, or in the login shell, however long they are", async () => {
  expect(interpret("echo", "/bin/zsh")).toEqual({ as: "argument", file: "/bin/zsh", args: ["-c", "echo"] });
  expect(interpret("\n#!/usr/bin/env -S bash -e\necho", "/bin/zsh")).toEqual({
    as: "file",
    interpreter: ["/usr/bin/env", "-S", "bash", "-e"],
  });
  await using bench = new Bench();

  await runScript(
    script('#!/bin/sh -e\necho "$0" | grep -o "script$"; false; echo never'),
    Timing_Stage.START,
    bench.services,
    never,
  );
  await runScript(script(`: ${"x".repeat(200_000)}\necho long`), Timing_Stage.START, bench.services, never);
  await bench.timing(2);

  expect(bench.lines.map(([, line]) => line)).toEqual(["script", "long"]);
});
