import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger, systemClock } from "@hearth/base";
import { FrameReader } from "@hearth/sdk/commands";
import { expect, test } from "vitest";
import { HttpApi } from "#api/http-api.ts";
import { processRoutes } from "#commands/process-routes.ts";
import { ApiClient } from "#testing/api-client.ts";
import { CommandsRig, read, type Told } from "#testing/commands-rig.ts";

class Rig extends CommandsRig {
  readonly api = new HttpApi({ routes: processRoutes(this.commands), clock: systemClock, log: silentLogger });
  readonly client = new ApiClient(this.api);

  /** What is told of an output, pieces of one kind put together. */
  async output(id: string, query: string): Promise<(Told | [string, string])[]> {
    const { headers, bytes } = await this.client.ask("GET", `/api/v1/processes/${id}/output?${query}`);
    expect(headers["content-type"]).toBe("application/vnd.hearth.frames");
    const told: (Told | [string, string])[] = [];
    for (const frame of new FrameReader().feed(bytes)) {
      const item = read(frame);
      const last = told.at(-1);
      if (item.kind !== "stdout" && item.kind !== "stderr") told.push(item);
      else if (Array.isArray(last) && last[0] === item.kind) last[1] += item.bytes.toString("latin1");
      else told.push([item.kind, item.bytes.toString("latin1")]);
    }
    return told;
  }

  async start(request: object): Promise<{ id: string; pid: number }> {
    const [status, body] = await this.client.json("POST", "/api/v1/processes", request);
    expect(status).toBe(201);
    return body as { id: string; pid: number }; // as the other tests compare it
  }

  path(name: string): string {
    return join(this.scratch.folder, name);
  }
}

test("a process that is started by a request is listed, runs on by itself, and tells its output and its end", async () => {
  await using rig = new Rig();
  // In steps, so that each stream is read before the other speaks.
  const until = (name: string) => `until [ -e ${name} ]; do sleep 0.01; done`;
  const shell = `echo out; ${until("one")}; echo err >&2; ${until("two")}; echo more; exit 3`;

  const [status, started] = await rig.client.json("POST", "/api/v1/processes", { shell, env: { SECRET: "s" } });
  const { id } = started as { id: string };
  const shown = {
    id,
    shell,
    directory: rig.scratch.folder,
    pid: expect.any(Number),
    tty: false,
    detached: true,
    started_at: expect.any(String),
    ended_at: null,
    exit_code: null,
    signal: null,
    output_bytes: expect.any(Number),
    dropped_bytes: 0,
  };
  expect([status, started]).toEqual([201, shown]);
  expect(await rig.client.json("GET", "/api/v1/processes")).toEqual([200, { processes: [shown] }]);
  const following = rig.output(id, "follow=true");
  for (const [bytes, step] of [
    [4, "one"],
    [8, "two"],
  ] as const) {
    const process = async () => (await rig.client.json("GET", `/api/v1/processes/${id}`))[1];
    await expect.poll(process, { timeout: 20_000 }).toMatchObject({ output_bytes: bytes });
    await writeFile(rig.path(step), "");
  }

  expect(await following).toEqual([
    ["stdout", "out\n"],
    ["stderr", "err\n"],
    ["stdout", "more\n"],
    { kind: "exit", exit_code: 3, signal: null },
  ]);
  expect(await rig.output(id, "after=4")).toEqual([
    ["stderr", "err\n"],
    ["stdout", "more\n"],
    { kind: "exit", exit_code: 3, signal: null },
  ]);
  expect(await rig.client.json("GET", `/api/v1/processes/${id}`)).toMatchObject([
    200,
    { exit_code: 3, signal: null, ended_at: expect.any(String), output_bytes: 13 },
  ]);
});

test("output that is not followed is what there is, without an end while the process runs", async () => {
  await using rig = new Rig();
  const { id } = await rig.start({ shell: "echo so far; read forever", stdin: true });
  const command = rig.commands.get(id);
  if (command.output.endOffset < 7) await new Promise<void>((resolve) => command.output.grown.subscribe(resolve));

  expect(await rig.output(id, "")).toEqual([["stdout", "so far\n"]]);
  expect(await rig.output(id, "after=7")).toEqual([]);
  command.signal("SIGKILL");
});

test("12 MB reach a follower that reads slowly, whole, and the process does not wait for it", async () => {
  await using rig = new Rig();
  const { id } = await rig.start({ shell: "head -c 12000000 /dev/zero | tr '\\0' x" });
  const answer = await rig.client.open("GET", `/api/v1/processes/${id}/output?follow=true`);
  const command = rig.commands.get(id);

  if (!command.exit) await new Promise<void>((resolve) => command.ended.subscribe(resolve));
  let bytes = 0;
  for await (const frame of framesOf(answer)) if (frame.kind === "stdout") bytes += frame.bytes.length;

  expect(bytes).toBe(12_000_000);
});

async function* framesOf(answer: AsyncIterable<Buffer>): AsyncGenerator<Told> {
  const reader = new FrameReader();
  for await (const chunk of answer) for (const frame of reader.feed(chunk)) yield read(frame);
}

test("a follower that leaves ends nothing", async () => {
  await using rig = new Rig();
  const { id } = await rig.start({ shell: "echo on; until [ -e go ]; do sleep 0.01; done; echo end" });
  const answer = await rig.client.open("GET", `/api/v1/processes/${id}/output?follow=true`);
  for await (const _frame of framesOf(answer)) break; // leaves
  await writeFile(rig.path("go"), "");

  expect(await rig.output(id, "follow=true")).toEqual([
    ["stdout", "on\nend\n"],
    { kind: "exit", exit_code: 0, signal: null },
  ]);
});

test("a signal ends a process, once", async () => {
  await using rig = new Rig();
  const { id } = await rig.start({ argv: ["sleep", "1000"] });
  const signal = `/api/v1/processes/${id}/signal`;

  expect(await rig.client.json("POST", signal, { signal: "SIGNAL" })).toMatchObject([400, { code: "bad_request" }]);
  expect(await rig.client.json("POST", signal, { signal: "TERM" })).toEqual([204, undefined]);
  expect(await rig.output(id, "follow=true")).toEqual([{ kind: "exit", exit_code: 143, signal: "SIGTERM" }]);

  expect(await rig.client.json("POST", signal, { signal: "TERM" })).toMatchObject([409, { code: "not_running" }]);
});

test.for<[status: number, code: string, method: string, path: string, body?: object | string]>([
  [404, "no_such_process", "GET", "/api/v1/processes/none"],
  [404, "no_such_process", "GET", "/api/v1/processes/none/output"],
  [404, "no_such_process", "POST", "/api/v1/processes/none/signal", { signal: "SIGTERM" }],
  [400, "bad_request", "POST", "/api/v1/processes", "{"],
  [400, "bad_request", "POST", "/api/v1/processes", { argv: "true" }],
  [400, "command_not_found", "POST", "/api/v1/processes", { argv: ["no-such-program"] }],
  [400, "bad_directory", "POST", "/api/v1/processes", { argv: ["true"], directory: "/no/such" }],
  [413, "too_large", "POST", "/api/v1/processes", { shell: "x".repeat(1_100_000) }],
])("%i %s: %s %s", async ([status, code, method, path, body]) => {
  await using rig = new Rig();

  expect(await rig.client.json(method, path, body)).toMatchObject([status, { code, message: expect.any(String) }]);
});
