import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FakeClock } from "@hearth/base/fake-clock";
import { clientFrames } from "@hearth/sdk/commands";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CommandsRig } from "#testing/commands-rig.ts";

const exit = (code: number): object => ({ kind: "exit", exit_code: code, signal: null });

describe("a command", () => {
  test("has its output, each where it belongs, and its exit code last", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();

    const command = client.start({ shell: "echo out; echo err >&2; exit 3" });
    await client.end(command);

    expect(client.text(command, "stdout")).toBe("out\n");
    expect(client.text(command, "stderr")).toBe("err\n");
    expect(client.told(command).at(0)).toMatchObject({ kind: "started", pid: expect.any(Number) });
    expect(client.told(command).at(-1)).toEqual(exit(3));
  });

  test("is the login shell's or a program with arguments, in the workspace's folder and environment, as over SSH", async () => {
    await using rig = new CommandsRig({ env: { GREETING: "hello $HOME" } });
    const client = rig.connect();
    await mkdir(join(rig.scratch.folder, "sub dir"));

    const line = await client.run({ shell: 'echo "$0|$PWD|$GREETING|$SSH_CONNECTION|$MINE"', env: { MINE: "m" } });
    const argv = await client.run({ argv: ["printf", "%s|", "a b", "", "$HOME"] });
    const below = await client.run({ argv: ["pwd"], directory: "sub dir" });
    const home = await client.run({ argv: ["pwd"], directory: "~" });

    expect(line.stdout).toBe(`/bin/bash|${rig.scratch.folder}|hello $HOME|127.0.0.1 0 127.0.0.1 22|m\n`);
    expect(argv.stdout).toBe("a b||$HOME|");
    expect(below.stdout).toBe(`${rig.scratch.folder}/sub dir\n`);
    expect(home.stdout).toBe(`${rig.scratch.folder}\n`);
  });

  test("is fed bytes as they are, and reads nothing where it is not fed", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();

    const fed = await client.run({ argv: ["cat"] }, Buffer.from([0, 255, 10, 13, 128]));
    const unfed = await client.run({ argv: ["cat"] });

    expect(Buffer.from(fed.stdout, "latin1")).toEqual(Buffer.from([0, 255, 10, 13, 128]));
    expect(unfed).toEqual({ stdout: "", stderr: "", end: exit(0) });
  });

  test("that a signal ends is told by 128 and its number, and its name", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();

    const killed = await client.run({ shell: "kill -TERM $$" });
    const asked = client.start({
      shell: "(trap 'echo child; exit' INT; echo ready; while :; do sleep 0.01; done) & wait",
    });
    await client.until(() => client.text(asked) === "ready\n");
    client.send(clientFrames.signal, asked, { signal: "SIGINT" });

    expect(killed.end).toEqual({ kind: "exit", exit_code: 143, signal: "SIGTERM" });
    expect(await client.end(asked)).toEqual({ kind: "exit", exit_code: 130, signal: "SIGINT" });
    expect(client.text(asked)).toBe("ready\nchild\n"); // the whole group was told
  });

  test("runs on a terminal, which has a size, is resized, and is hung up with its client", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();

    const command = client.start({
      shell: 'echo $TERM; trap "stty size; echo again" WINCH; stty size; while :; do sleep 0.01; done',
      tty: { columns: 100, rows: 30 },
    });
    await client.until(() => client.text(command).includes("30 100"));
    client.send(clientFrames.resize, command, { columns: 90, rows: 20 });
    await client.until(() => client.text(command).includes("20 90\r\nagain"));
    const [kept] = rig.commands.list();
    client.send(clientFrames.leave, command);
    await new Promise<void>((resolve) => kept?.ended.subscribe(resolve));

    expect(client.text(command)).toMatch(/^xterm-256color\r\n/);
    expect(kept?.exit).toMatchObject({ signal: "SIGHUP" });
  });

  test("is typed to, and the end of its input is a Ctrl-D, where it runs on a terminal", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();

    const ran = await client.run({ argv: ["cat"], tty: { columns: 80, rows: 24 }, env: { TERM: "dumb" } }, "typed\n");

    expect(ran.stdout).toBe("typed\r\ntyped\r\n");
    expect(ran.end).toEqual(exit(0));
  });

  test.for<[code: string, request: object, says: string]>([
    ["command_not_found", { argv: ["no-such-program"] }, "no-such-program"],
    ["command_not_found", { argv: ["/no/such/program"] }, "/no/such/program"],
    ["not_executable", { argv: ["/etc/passwd"] }, "/etc/passwd"],
    ["bad_directory", { argv: ["true"], directory: "/no/such/directory" }, "/no/such/directory"],
    ["bad_directory", { argv: ["true"], directory: "/no/such", tty: { columns: 1, rows: 1 } }, "/no/such"],
    ["bad_request", { argv: ["true"], shell: "true" }, "exactly one"],
    ["bad_request", {}, "exactly one"],
    ["bad_request", { argv: [] }, "argv"],
    ["bad_request", { argv: ["echo", 1] }, "argv[1]"],
    ["bad_request", { shell: "" }, "shell"],
    ["bad_request", { argv: ["true"], env: { "A=B": "c" } }, "A=B"],
    ["bad_request", { argv: ["true"], env: { A: "b\0c" } }, "env.A"],
    ["bad_request", { argv: ["true"], tty: { columns: 0, rows: 1 } }, "tty.columns"],
    ["bad_request", { argv: ["true"], timeout_ms: -1 }, "timeout_ms"],
    ["bad_request", { argv: ["true"], user: "root" }, "dev"],
    ["bad_request", { argv: ["true"], wait: "long" }, "wait"],
    ["bad_request", { argv: ["true", "x".repeat(200_000)] }, "too long"],
  ])("that cannot be started is answered %s, and why: case %#", async ([code, request, says]) => {
    await using rig = new CommandsRig();
    const client = rig.connect();

    const { end } = await client.run(request);

    expect(end).toMatchObject({ kind: "error", code, message: expect.stringContaining(says) });
    expect(rig.commands.list()).toEqual([]);
  });

  test("whose shell does not find the program ends as over SSH", async () => {
    await using rig = new CommandsRig();

    const { stderr, end } = await rig.connect().run({ shell: "no-such-program" });

    expect(stderr).toContain("no-such-program");
    expect(end).toEqual(exit(127));
  });

  test("that would transfer files is refused where that is blocked", async () => {
    await using rig = new CommandsRig({ blocksFileTransfer: true });
    const client = rig.connect();

    expect((await client.run({ shell: "/usr/bin/scp -f x" })).end).toMatchObject({ code: "transfer_blocked" });
    expect((await client.run({ argv: ["rsync", "--server"] })).end).toMatchObject({ code: "transfer_blocked" });
    expect((await client.run({ shell: "echo scp" })).end).toEqual(exit(0));
  });

  test("leaves behind what holds its output, which lives on, and ends a second later", async () => {
    const clock = new FakeClock();
    await using rig = new CommandsRig({ clock });
    const client = rig.connect();
    const script = "(echo $BASHPID; until [ -e go ]; do sleep 0.01; done; echo late; touch alive) & exit 4";

    const command = client.start({ shell: script });
    await client.until(() => client.text(command) !== "");
    await clock.asleep("command output grace");
    await clock.advance(1000);
    expect(await client.end(command)).toEqual(exit(4));
    await writeFile(join(rig.scratch.folder, "go"), "");
    const proof = await client.run({ shell: "until [ -e alive ]; do sleep 0.01; done; echo it lives" });

    expect(proof.stdout).toBe("it lives\n");
    expect(client.text(command)).not.toContain("late");
  });

  test("that takes too long is asked to end, and made to 5 s later", async () => {
    const clock = new FakeClock();
    await using rig = new CommandsRig({ clock });
    const client = rig.connect();

    const command = client.start({ shell: "trap '' TERM; echo ready; while :; do sleep 0.01; done", timeout_ms: 700 });
    await client.until(() => client.text(command) === "ready\n");
    await clock.advance(700);
    await clock.asleep("command kill grace");
    await clock.advance(5000);

    expect(await client.end(command)).toEqual({ kind: "exit", exit_code: 137, signal: "SIGKILL" });
  });
});

describe("waiting for the workspace", () => {
  test("a command begins when what blocks the log-in has ended, with what was sent meanwhile", async () => {
    const usable = Promise.withResolvers<void>();
    await using rig = new CommandsRig({ usable: () => usable.promise });
    const client = rig.connect();

    const waiting = client.start({ argv: ["cat"], stdin: true });
    client.send(clientFrames.stdin, waiting, Buffer.from("early"));
    client.send(clientFrames.stdinEnd, waiting);
    const impatient = await client.run({ argv: ["echo", "at once"], wait: "none" });
    expect(impatient.stdout).toBe("at once\n");
    expect(client.told(waiting)).toEqual([]);
    usable.resolve();

    expect(await client.end(waiting)).toEqual(exit(0));
    expect(client.text(waiting)).toBe("early");
  });

  test("a client that leaves meanwhile starts nothing", async () => {
    const usable = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<AbortSignal>();
    await using rig = new CommandsRig({
      usable: (signal) => {
        asked.resolve(signal);
        return usable.promise;
      },
    });
    const client = rig.connect();

    const command = client.start({ argv: ["touch", "started"] });
    const signal = await asked.promise;
    client.send(clientFrames.leave, command);
    await client.run({ argv: ["true"], wait: "none" });
    expect(signal.aborted).toBe(true);

    expect(existsSync(join(rig.scratch.folder, "started"))).toBe(false);
    expect(client.told(command)).toEqual([]);
  });

  test("one that says how long it may take is told that it was not ready in time", async () => {
    const clock = new FakeClock();
    const never = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    await using rig = new CommandsRig({ clock, usable: never });
    const client = rig.connect();

    const command = client.start({ argv: ["true"], timeout_ms: 60_000 });
    await clock.asleep("command before ready");
    await clock.advance(60_000);

    expect(await client.end(command)).toMatchObject({ kind: "error", code: "not_ready" });
    expect(clock.pending()).toEqual([]);
  });

  test("an agent that stops says so to who waits", async () => {
    const never = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    await using rig = new CommandsRig({ usable: never });
    const client = rig.connect();

    const command = client.start({ argv: ["true"] });
    const other = await client.run({ argv: ["true"], wait: "none" });
    rig.commands.close();

    expect(other.end).toEqual(exit(0));
    expect(await client.end(command)).toMatchObject({ code: "not_ready", message: "The agent is stopping." });
  });
});

describe("a client that leaves", () => {
  test.for([
    [
      "with a frame",
      (client: ReturnType<CommandsRig["connect"]>, command: number) => client.send(clientFrames.leave, command),
    ],
    ["with its connection", (client: ReturnType<CommandsRig["connect"]>) => client.stream.destroy()],
    ["by ending its side", (client: ReturnType<CommandsRig["connect"]>) => client.stream.end()],
  ] as const)("%s ends its command by hanging up", async ([, leave]) => {
    await using rig = new CommandsRig();
    const client = rig.connect();

    const command = client.start({ shell: "echo ready; while :; do sleep 0.01; done" });
    await client.until(() => client.text(command) === "ready\n");
    const [kept] = rig.commands.list();
    leave(client, command);
    await new Promise<void>((resolve) => kept?.ended.subscribe(resolve));

    expect(kept?.exit).toMatchObject({ signal: "SIGHUP" });
  });

  test("ends by force, 5 s later, what does not listen, its children among it", async () => {
    const clock = new FakeClock();
    await using rig = new CommandsRig({ clock });
    const client = rig.connect();

    const command = client.start({ shell: "trap '' HUP; sh -c 'echo ready; while :; do sleep 0.01; done' & exit 0" });
    await client.until(() => client.text(command) === "ready\n");
    const [kept] = rig.commands.list();
    client.send(clientFrames.leave, command);
    await clock.asleep("command kill grace");
    await clock.advance(5000); // the folder's end waits for the child

    expect(kept?.facts.detach).toBe(false);
  });

  test("leaves what it detached, which another follows from where it was", async () => {
    await using rig = new CommandsRig();
    const first = rig.connect();
    const script = "echo one; read line; echo $line; until [ -e go ]; do sleep 0.01; done; echo three >&2; exit 5";

    const command = first.start({ shell: script, detach: true, stdin: true });
    first.send(clientFrames.stdin, command, Buffer.from("two\n"));
    await first.until(() => first.text(command) === "one\ntwo\n");
    const { process_id: id, pid } = await first.started(command);
    first.stream.destroy();
    const second = rig.connect();
    const whole = second.attach(id);
    const rest = second.attach(id, 4);
    await second.until(() => second.text(whole) === "one\ntwo\n");
    await writeFile(join(rig.scratch.folder, "go"), "");

    expect(await second.end(whole)).toEqual(exit(5));
    expect(await second.end(rest)).toEqual(exit(5));
    expect(second.told(whole).at(0)).toEqual({ kind: "started", process_id: id, pid });
    expect([second.text(whole, "stdout"), second.text(whole, "stderr")]).toEqual(["one\ntwo\n", "three\n"]);
    expect(second.text(rest)).toBe("two\nthree\n");
  });

  test("of another's command leaves it alone", async () => {
    await using rig = new CommandsRig();
    const [owner, guest] = [rig.connect(), rig.connect()];

    const command = owner.start({ shell: "echo ready; read line; echo $line", stdin: true });
    const { process_id: id } = await owner.started(command);
    const watching = guest.attach(id);
    await guest.until(() => guest.text(watching) === "ready\n");
    guest.send(clientFrames.leave, watching);
    guest.stream.destroy();
    owner.send(clientFrames.stdin, command, Buffer.from("still here\n"));

    expect(await owner.end(command)).toEqual(exit(0));
    expect(owner.text(command)).toBe("ready\nstill here\n");
  });
});

describe("what has ended", () => {
  test("is followed for five minutes, and gone then", async () => {
    const clock = new FakeClock();
    await using rig = new CommandsRig({ clock });
    const client = rig.connect();
    const command = client.start({ shell: "echo said; exit 6" });
    const { process_id: id } = await client.started(command);
    await client.end(command);

    await clock.advance(5 * 60_000 - 1);
    const soon = client.attach(id);
    expect(await client.end(soon)).toEqual(exit(6));
    expect(client.text(soon)).toBe("said\n");
    await clock.advance(1);

    expect(await client.end(client.attach(id))).toMatchObject({ kind: "error", code: "no_such_process" });
    expect([rig.commands.list(), clock.pending()]).toEqual([[], []]);
  });

  test("makes room for new ones, the oldest first, where there are as many as are kept", async () => {
    const clock = new FakeClock();
    await using rig = new CommandsRig({ clock, mostCommands: 3 });
    const client = rig.connect();
    const running = client.start({ argv: ["sleep", "1000"] });
    await client.started(running);
    for (const word of ["one", "two", "three"]) await client.run({ argv: ["echo", word] });

    expect(rig.commands.list().map(({ facts }) => facts.task)).toMatchObject([
      { argv: ["sleep", "1000"] },
      { argv: ["echo", "two"] },
      { argv: ["echo", "three"] },
    ]);
    await clock.advance(5 * 60_000);
    expect(rig.commands.list()).toHaveLength(1);
    const more = [client.start({ argv: ["sleep", "1000"] }), client.start({ argv: ["sleep", "1000"] })];
    await Promise.all(more.map((command) => client.started(command)));

    expect(await client.end(client.start({ argv: ["true"] }))).toMatchObject({ code: "too_many" });
    client.stream.destroy();
  });

  test("is not followed from a byte that never was", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();
    const command = client.start({ argv: ["echo", "1"] });
    await client.end(command);
    const { process_id: id } = await client.started(command);

    expect(await client.end(client.attach(id, 3))).toMatchObject({ kind: "error", code: "bad_request" });
  });
});

describe("windows", () => {
  const megabytes = (count: number): string => `head -c ${count}000000 /dev/zero | tr '\\0' x`;

  test("a client that takes nothing is sent its window and no more, and the command waits", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();
    client.takesAll = false;

    const command = client.start({ shell: `${megabytes(3)}; touch written` });
    await client.until(() => client.text(command).length === 262_144);
    const other = await client.run({ shell: "[ -e written ] || echo waits" });
    expect(other.stdout).toBe("waits\n");
    const [kept] = rig.commands.list();
    expect(kept?.output.endOffset).toBeLessThan(600_000);
    client.take(command, 4_000_000);

    expect(await client.end(command)).toEqual(exit(0));
    expect(client.text(command)).toHaveLength(3_000_000);
  });

  test("a detached command waits for nobody, and says what was dropped to who comes late", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();
    client.takesAll = false;

    const command = client.start({ shell: `printf first; ${megabytes(20)}; printf last`, detach: true });
    const { process_id: id } = await client.started(command);
    const kept = rig.commands.get(id);
    await new Promise<void>((resolve) => (kept.exit ? resolve() : kept.ended.subscribe(resolve)));
    const late = rig.connect();
    const following = late.attach(id);
    await late.end(following);

    const most = 16 * 1024 * 1024;
    expect(late.told(following)[1]).toEqual({ kind: "dropped", bytes: 20_000_009 - most });
    expect(late.text(following)).toHaveLength(most);
    expect(late.text(following).endsWith("xxlast")).toBe(true);
  });

  test("input is given back as it is read, and a client that sends more than its window is cut off", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();

    const command = client.start({ shell: "read go; cat | wc -c", stdin: true });
    await client.started(command);
    const chunk = Buffer.alloc(65_536, "\n");
    for (let sent = 0; sent < 4; sent++) client.send(clientFrames.stdin, command, chunk);
    await client.until(() => client.told(command).some(({ kind }) => kind === "take"));
    client.send(clientFrames.stdinEnd, command);
    await client.end(command);
    expect(client.text(command)).toBe("262143\n");

    const deaf = client.start({ argv: ["sleep", "1000"], stdin: true });
    const closed = new Promise((resolve) => client.stream.once("close", resolve));
    for (let sent = 0; sent < 9; sent++) client.send(clientFrames.stdin, deaf, chunk);
    await closed;
  });

  test("100 MB pass through a command unchanged, in both directions at once", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();
    const data = randomBytes(1_000_000);
    const sent = createHash("sha256");
    const got = createHash("sha256");

    const command = client.start({ argv: ["cat"], stdin: true });
    let window = 262_144;
    let seen = 0;
    for (let round = 0; round < 100; round++) {
      for (let at = 0; at < data.length;) {
        const piece = data.subarray(at, Math.min(at + 65_536, data.length));
        await client.until(() => {
          for (; seen < client.told(command).length; seen++) {
            const told = client.told(command)[seen];
            if (told?.kind === "take") window += told.bytes;
            if (told?.kind === "stdout") got.update(told.bytes);
          }
          return window >= piece.length;
        });
        window -= piece.length;
        sent.update(piece);
        client.send(clientFrames.stdin, command, piece);
        at += piece.length;
      }
    }
    client.send(clientFrames.stdinEnd, command);
    await client.end(command);
    for (; seen < client.told(command).length; seen++) {
      const told = client.told(command)[seen];
      if (told?.kind === "stdout") got.update(told.bytes);
    }

    expect(got.digest("hex")).toBe(sent.digest("hex"));
  }, 60_000);
});

describe("a connection", () => {
  test("carries 200 commands side by side", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();

    const commands = Array.from({ length: 200 }, (_, index) =>
      client.start({ shell: `read go; echo ${index}; exit ${index}`, stdin: true }),
    );
    await Promise.all(commands.map((command) => client.started(command))); // none can have ended
    for (const command of commands) client.send(clientFrames.stdin, command, Buffer.from("go\n"));

    expect(await Promise.all(commands.map((command) => client.end(command)))).toEqual(
      commands.map((_, at) => exit(at)),
    );
    expect(commands.map((command) => client.text(command))).toEqual(commands.map((_, index) => `${index}\n`));
  }, 30_000);

  test("refuses the 257th, and goes on", async () => {
    const never = new Promise<void>(() => undefined);
    await using rig = new CommandsRig({ usable: () => never });
    const client = rig.connect();

    for (let count = 0; count < 256; count++) client.start({ argv: ["true"] });
    const refused = client.start({ argv: ["true"] });
    expect(await client.end(refused)).toMatchObject({ kind: "error", code: "too_many" });
    client.send(clientFrames.leave, 1);

    expect((await client.run({ argv: ["true"], wait: "none" })).end).toEqual(exit(0));
  });

  test("a command that is open is not begun again, and one that has ended may still be spoken to", async () => {
    await using rig = new CommandsRig();
    const client = rig.connect();
    const ended = await client.run({ argv: ["true"] });
    client.send(clientFrames.stdin, 1, Buffer.from("late"));
    client.send(clientFrames.leave, 1);
    client.send(200, 1, Buffer.from("a newer client's"));
    const again = client.start({ argv: ["sleep", "1000"] }, 1);
    await client.started(again);
    const closed = new Promise((resolve) => client.stream.once("close", resolve));
    client.start({ argv: ["true"] }, 1);

    await closed;
    expect(ended.end).toEqual(exit(0));
  });

  test("is cut by what is no frame, whatever it is, and nothing else happens", async () => {
    await using rig = new CommandsRig();

    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 }), async (chunks) => {
        const client = rig.connect();
        const closed = new Promise((resolve) => client.stream.once("close", resolve));
        for (const chunk of chunks) if (!client.stream.destroyed) client.stream.write(chunk);
        client.stream.end();
        await closed;
      }),
      { numRuns: 200 },
    );
    expect((await rig.connect().run({ argv: ["true"] })).end).toEqual(exit(0));
  });

  test("takes any frames in any order, or is cut; others never notice", async () => {
    await using rig = new CommandsRig();
    const other = rig.connect();
    const beside = other.start({ shell: "read line; echo $line", stdin: true });
    await other.started(beside);
    const json = fc.constantFrom<object[]>(
      { argv: ["true"] },
      { argv: ["cat"], stdin: true },
      { shell: "exit 3", detach: true },
      { shell: "echo x", tty: { columns: 3, rows: 3 } },
      { signal: "SIGTERM" },
      { columns: 10, rows: 10 },
      { process_id: "none" },
      { argv: 1 },
      [],
    );
    const payload: fc.Arbitrary<Uint8Array | object> = fc.oneof(json, fc.uint8Array({ maxLength: 8 }));
    const frame = fc.record({ kind: fc.nat(9), command: fc.integer({ min: 1, max: 3 }), payload });

    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 12 }), async (frames) => {
        const client = rig.connect();
        const closed = new Promise((resolve) => client.stream.once("close", resolve));
        for (const { kind, command, payload: sent } of frames) {
          if (client.stream.writable) client.send(kind, command, sent);
        }
        client.stream.end();
        await closed;
      }),
      { numRuns: 60 },
    );
    other.send(clientFrames.stdin, beside, Buffer.from("still here\n"));
    await other.end(beside);

    expect(other.text(beside)).toBe("still here\n");
  }, 60_000);

  test.for<[what: string, kind: number, payload: Uint8Array | object]>([
    ["resize without a size", clientFrames.resize, { columns: 1 }],
    ["signal that is no JSON", clientFrames.signal, Buffer.from("{")],
    ["take that is no number", clientFrames.take, Buffer.from("xyz")],
  ])("is cut by a %s", async ([, kind, payload]) => {
    await using rig = new CommandsRig();
    const client = rig.connect();
    const command = client.start({ argv: ["sleep", "1000"] });
    await client.started(command);
    const closed = new Promise((resolve) => client.stream.once("close", resolve));

    client.send(kind, command, payload);

    await closed;
  });

  test("counts each command as a session while it is followed", async () => {
    const seen: string[] = [];
    await using rig = new CommandsRig({
      onSession: (type) => {
        seen.push(`${type} begins`);
        return (exited) => seen.push(`ends with ${exited?.code}`);
      },
    });
    const client = rig.connect();

    await client.run({ shell: "exit 2" });
    await client.run({ argv: ["no-such-program"] });

    expect(seen).toEqual(["ssh begins", "ends with 2"]);
  });
});
