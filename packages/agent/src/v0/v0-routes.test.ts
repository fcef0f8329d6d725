import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, silentLogger, systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { describe, expect, test } from "vitest";
import { HttpApi } from "#api/http-api.ts";
import { ApiClient } from "#testing/api-client.ts";
import { CommandsRig } from "#testing/commands-rig.ts";
import { v0Routes } from "#v0/v0-routes.ts";

class Rig extends CommandsRig {
  readonly api: HttpApi;
  readonly client: ApiClient;

  constructor({ clock = systemClock }: { clock?: Clock } = {}) {
    super({ clock });
    this.api = new HttpApi({ routes: v0Routes({ commands: this.commands, clock }), clock, log: silentLogger });
    this.client = new ApiClient(this.api);
  }

  path(name: string): string {
    return join(this.scratch.folder, name);
  }

  async start(body: object): Promise<string> {
    const [status, answer] = await this.client.json("POST", "/api/v0/processes/start", body);
    expect([status, answer]).toEqual([200, { id: expect.any(String), started: true }]);
    return (answer as { id: string }).id; // as just compared
  }

  async output(id: string, wait = true): Promise<unknown> {
    const [status, answer] = await this.client.json("GET", `/api/v0/processes/${id}/output?wait=${wait}`);
    expect(status).toBe(200);
    return answer;
  }

  async lines(name: string, more = ""): Promise<unknown> {
    const path = encodeURIComponent(name.startsWith("/") ? name : this.path(name));
    const [status, answer] = await this.client.json("GET", `/api/v0/read-file-lines?path=${path}${more}`);
    expect(status).toBe(200);
    return answer;
  }
}

describe("processes", () => {
  test("both outputs come in the order they were written in, with the exit code", async () => {
    await using rig = new Rig();

    expect(await rig.output(await rig.start({ command: "echo out; echo err >&2; echo out" }))).toEqual({
      output: "out\nerr\nout\n",
      running: false,
      exit_code: 0,
    });
    expect(await rig.output(await rig.start({ command: "exit 300" }))).toMatchObject({ output: "", exit_code: 44 });
    expect(await rig.output(await rig.start({ command: "kill -9 $$" }))).toMatchObject({ exit_code: -1 });
    expect(await rig.output(await rig.start({ command: "cat" }))).toMatchObject({ output: "", exit_code: 0 });
    expect(await rig.output(await rig.start({ command: "nosuchcommand" }))).toMatchObject({
      output: expect.stringMatching(/^sh: .*nosuchcommand: .*not found\n$/),
      exit_code: 127,
    });
  });

  test("a process has its directory and its variables", async () => {
    await using rig = new Rig();

    const id = await rig.start({
      command: "pwd; echo $NO_COLOR:$EMPTY",
      workdir: "/tmp",
      env: { NO_COLOR: "1", EMPTY: "" },
    });

    expect(await rig.output(id)).toMatchObject({ output: "/tmp\n1:\n" });
  });

  test("a directory that is not there is named", async () => {
    await using rig = new Rig();

    const answer = await rig.client.json("POST", "/api/v0/processes/start", { command: "pwd", workdir: "/nope" });

    expect(answer).toMatchObject([
      500,
      { message: "Failed to start process.", detail: expect.stringContaining("/nope is no directory") },
    ]);
  });

  test("of a long output the first and the last 16 KiB are kept, and the rest is counted", async () => {
    await using rig = new Rig();

    const { output, truncated } = (await rig.output(await rig.start({ command: "seq 1 20000" }))) as {
      output: string;
      truncated: object;
    };

    expect(truncated).toEqual({
      original_bytes: 108_894,
      retained_bytes: 32_801,
      omitted_bytes: 76_126,
      strategy: "head_tail",
    });
    expect(output).toMatch(/^1\n2\n3\n/);
    expect(output).toMatch(/\n19999\n20000\n$/);
  });

  test("the list has at most ten, those that run first, then the newest", async () => {
    await using rig = new Rig();
    const running = await rig.start({ command: "sleep 1000", background: true });
    for (let count = 0; count < 11; count++) await rig.output(await rig.start({ command: `exit ${count}` }));

    const [, { processes }] = (await rig.client.json("GET", "/api/v0/processes/list")) as [
      number,
      { processes: object[] },
    ];

    expect(processes).toHaveLength(10);
    expect(processes[0]).toEqual({
      id: running,
      command: "sleep 1000",
      workdir: rig.scratch.folder,
      background: true,
      running: true,
      started_at_unix: expect.any(Number),
    });
    expect(processes[1]).toMatchObject({
      command: "exit 10",
      background: false,
      running: false,
      exit_code: 10,
      exited_at_unix: expect.any(Number),
    });
    expect(processes.at(-1)).toMatchObject({ command: "exit 2" });
    await rig.client.json("POST", `/api/v0/processes/${running}/signal`, { signal: "kill" });
    expect(await rig.output(running)).toMatchObject({ running: false, exit_code: -1 });
  });

  test("whoever waits for an output waits five minutes at most; one that has ended vanishes after five", async () => {
    const clock = new FakeClock();
    await using rig = new Rig({ clock });
    const id = await rig.start({ command: "echo so far; sleep 1000" });

    const waiting = rig.output(id);
    await clock.asleep("process output");
    await clock.advance(5 * 60_000);
    expect(await waiting).toMatchObject({ running: true });
    expect(await rig.client.json("POST", `/api/v0/processes/${id}/signal`, { signal: "terminate" })).toEqual([
      200,
      { message: `signal "terminate" sent to process ${id}` },
    ]);
    expect(await rig.output(id)).toMatchObject({ running: false, exit_code: -1 });
    await clock.asleep("ended command");
    await clock.advance(5 * 60_000);

    expect(await rig.client.json("GET", `/api/v0/processes/${id}/output`)).toMatchObject([
      404,
      { message: `Process "${id}" not found.` },
    ]);
    expect(await rig.client.json("GET", "/api/v0/processes/list")).toEqual([200, { processes: [] }]);
  });

  test("a signal to one that is over or is not there, and one that is none", async () => {
    await using rig = new Rig();
    const id = await rig.start({ command: "true" });
    await rig.output(id);
    const signal = (to: string, name: string) =>
      rig.client.json("POST", `/api/v0/processes/${to}/signal`, { signal: name });

    expect(await signal(id, "kill")).toMatchObject([409, { message: `Process "${id}" is not running.` }]);
    expect(await signal("nope", "kill")).toMatchObject([404, { message: 'Process "nope" not found.' }]);
    expect(await signal(id, "hup")).toMatchObject([400, { message: 'signal must be "terminate" or "kill"' }]);
  });
});

describe("files", () => {
  test("lines are numbered, from where and as many as asked for", async () => {
    await using rig = new Rig();
    writeFileSync(rig.path("a"), "alpha\nbeta\nbeta\n");
    writeFileSync(rig.path("long"), Array.from({ length: 5000 }, (_, index) => `${index + 1}\n`).join(""));
    writeFileSync(rig.path("wide"), "a".repeat(30_000));
    writeFileSync(rig.path("empty"), "");

    expect(await rig.lines("a", "&offset=2&limit=1")).toEqual({
      success: true,
      content: "2\tbeta",
      file_size: 16,
      lines_read: 1,
      total_lines: 4,
    });
    expect(await rig.lines("long")).toMatchObject({ file_size: 23_893, lines_read: 2000, total_lines: 5001 });
    expect(await rig.lines("wide")).toMatchObject({ content: `1\t${"a".repeat(1024)}... [truncated]`, total_lines: 1 });
    expect(await rig.lines("empty")).toMatchObject({ content: "", file_size: 0, lines_read: 0, total_lines: 0 });
  });

  test("what cannot be read by lines says why", async () => {
    await using rig = new Rig();
    writeFileSync(rig.path("a"), "alpha\nbeta\nbeta\n");
    writeFileSync(rig.path("binary"), Buffer.from([1, 0, 2]));
    writeFileSync(rig.path("latin"), Buffer.from([0x66, 0xfc, 0x72]));
    writeFileSync(rig.path("cut"), `${"x".repeat(8191)}ü`); // a character over the edge of what is looked at

    expect(await rig.lines("a", "&offset=99")).toEqual({
      success: false,
      error: "offset 99 is beyond the file length of 4 lines",
    });
    expect(await rig.lines("")).toMatchObject({ success: false, error: expect.stringContaining("not a file") });
    expect(await rig.lines("none")).toMatchObject({ success: false, error: expect.stringContaining("no such file") });
    expect(await rig.lines("binary")).toMatchObject({ success: false, error: expect.stringContaining("3 bytes") });
    expect(await rig.lines("latin")).toMatchObject({ success: false });
    expect(await rig.lines("cut")).toMatchObject({ success: true });
    expect(await rig.client.json("GET", "/api/v0/read-file-lines?path=relative.txt")).toMatchObject([
      400,
      { message: 'file path must be absolute: "relative.txt"' },
    ]);
  });

  test("a file is written with the directories above it, listed, resolved and read", async () => {
    await using rig = new Rig();
    const path = rig.path("deep/down/a.txt");
    symlinkSync("deep", rig.path("link"));

    expect(await rig.client.json("POST", `/api/v0/write-file?path=${path}`, "0123456789")).toMatchObject([200, {}]);
    expect(await rig.client.json("POST", "/api/v0/write-file?path=relative.txt", "x")).toMatchObject([
      400,
      { message: 'file path must be absolute: "relative.txt"' },
    ]);
    expect(await rig.client.json("POST", "/api/v0/write-file?path=/proc/nope", "x")).toMatchObject([404, {}]);
    expect(await rig.client.json("POST", "/api/v0/list-directory", { path: rig.path("deep") })).toEqual([
      200,
      {
        absolute_path_string: rig.path("deep"),
        contents: [{ name: "down", absolute_path_string: rig.path("deep/down"), is_dir: true }],
        truncated: false,
      },
    ]);
    expect(await rig.client.json("GET", `/api/v0/resolve-path?path=${rig.path("link/down/a.txt")}`)).toEqual([
      200,
      { resolved_path: path },
    ]);
    const part = await rig.client.ask("GET", `/api/v0/read-file?path=${path}&offset=2&limit=3`);

    expect([part.status, String(part.bytes)]).toEqual([200, "234"]);
    expect(String((await rig.client.ask("GET", `/api/v0/read-file?path=${path}`)).bytes)).toBe("0123456789");
  });

  test("edits change all of the files or none, and come back as diffs [chat 162]", async () => {
    await using rig = new Rig();
    mkdirSync(rig.path("f"));
    const [path, other] = [rig.path("f/a.txt"), rig.path("f/b.txt")];
    writeFileSync(path, "alpha\nbeta\nbeta\n", { mode: 0o755 });
    writeFileSync(other, "one\n");
    const edit = (...files: [path: string, ...edits: object[]][]) =>
      rig.client.json("POST", "/api/v0/edit-files", { files: files.map(([at, ...edits]) => ({ path: at, edits })) });

    expect(await edit([other, { search: "one", replace: "1" }], [path, { search: "zzz", replace: "y" }])).toMatchObject(
      [400, { message: expect.stringContaining(`edit ${path}: search string not found in file.`) }],
    );
    expect(await edit([path, { search: "beta", replace: "gamma" }])).toMatchObject([
      400,
      { message: expect.stringContaining("matches 2 occurrences (expected exactly 1).") },
    ]);
    expect(await edit([rig.path("nope"), { search: "a", replace: "b" }])).toMatchObject([404, {}]);
    expect(await edit()).toMatchObject([400, { message: "files is required" }]);
    expect([readFileSync(path, "utf8"), readFileSync(other, "utf8")]).toEqual(["alpha\nbeta\nbeta\n", "one\n"]);
    expect(await edit([path, { old_text: "beta", new_text: "gamma", replace_all: true }])).toEqual([
      200,
      {
        files: [{ path, diff: `--- ${path}\n+++ ${path}\n@@ -1,3 +1,3 @@\n alpha\n-beta\n-beta\n+gamma\n+gamma\n` }],
      },
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(readdirSync(rig.path("f"))).toEqual(["a.txt", "b.txt"]);
  });
});
