import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endpoints } from "../index.ts";
import { Deployment, simulatedEngine } from "@hearth/testkit";
import { ChoiceError, ExecFailed, Hearth, SetupError, WorkspaceFailed, type HearthWorkspace } from "./index.ts";
import { eachOf } from "./streams.ts";

const manifest = `
presets:
  - { name: small, default: true, parameters: { size: small }, prebuilds: { instances: 1 } }
  - { name: cold, parameters: { size: cold } }
parameters:
  - { name: size, default: small, mutable: true }
workspace: { engine: process, volumes: [{ name: home, path: /home/dev }] }
agents:
  - name: main
    env: { WORD: hello, SIZE: "\${param.size}" }
    scripts: [{ name: say, on: [start], run: echo started here }]
`;

let deployment: Deployment;
let hearth: Hearth;
let ws: HearthWorkspace;

beforeAll(async () => {
  deployment = await Deployment.create({ engine: "process" });
  await deployment.pushTemplate("web", manifest);
  hearth = new Hearth({ url: deployment.url, token: deployment.client.token });
  ws = await hearth.create({ name: "dev", preset: "cold" });
});
afterAll(async () => {
  ws.close();
  await deployment[Symbol.asyncDispose]();
});

async function namesOf(): Promise<string[]> {
  return (await hearth.list()).map(({ name }) => name);
}

/** A place that what runs inside can tell when it has begun, and whose end tells when it has ended. */
async function listener() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const begun = once(server, "connection").then((connected) => {
    const [socket] = connected as [Socket];
    return { socket, ended: once(socket.resume(), "close") };
  });
  return { line: `exec 3<>/dev/tcp/127.0.0.1/${port}`, begun, [Symbol.dispose]: () => void server.close() };
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const bytes of eachOf(stream)) pieces.push(bytes);
  return Buffer.concat(pieces).toString();
}

describe("a workspace for a block", () => {
  test("three lines claim one, run a command and leave nothing behind", async () => {
    let name = "";
    const said: string[] = [];
    {
      await using mine = await hearth.claim({ preset: "small" });
      name = mine.name;
      const { stdout, exitCode } = await mine.exec("echo $WORD $SIZE", { onStdout: (text) => said.push(text) });

      expect([stdout, exitCode]).toEqual(["hello small\n", 0]);
      expect(name).toMatch(/^web-[0-9a-f]{8}$/);
      expect(await namesOf()).toContain(name);
    }
    expect(said.join("")).toBe("hello small\n");
    expect(await namesOf()).not.toContain(name);
  });

  test("one that is kept stays", async () => {
    let id = "";
    {
      await using mine = await hearth.claim();
      id = mine.keep().id;
    }
    const again = await hearth.get(id);
    expect(again.status).toBe("running");
    await again.delete();
    await again.delete(); // again is no fault
    await expect(hearth.get(id)).rejects.toMatchObject({ code: "gone" });
  });

  test("a given name, values and time to live are the workspace's", async () => {
    await using mine = await hearth.claim({
      preset: null,
      name: "named",
      parameters: { size: 7 },
      ttlMs: 3_600_000,
    });

    expect(mine.name).toBe("named");
    expect(mine.info.ttl_ms).toBe(3_600_000);
    expect((await mine.exec("echo $SIZE")).stdout).toBe("7\n");
  });

  test("whoever gives it up has nothing to clean up", async () => {
    const before = await namesOf();
    const given = new AbortController();
    const claiming = hearth.claim({ preset: "cold", signal: given.signal });
    await deployment.until("it is there", namesOf, (names) => names.length > before.length);
    given.abort(new Error("enough"));

    await expect(claiming).rejects.toThrow("enough");
    expect(await namesOf()).toEqual(before);
  });

  test("a wish that cannot be met makes nothing", async () => {
    const before = await namesOf();

    await expect(hearth.claim({ template: "nope" })).rejects.toThrow(ChoiceError);
    await expect(hearth.claim({ preset: "small", name: "dev" })).rejects.toMatchObject({
      code: "workspace_name_taken",
    });
    expect(await namesOf()).toEqual(before);
  });

  test("one whose build fails says why; a claim leaves none, a create leaves it to be looked into", async () => {
    const engine = simulatedEngine();
    const apply: typeof engine.apply = async (request, means) => {
      if (request.transition === "start") throw new Error("the room is on fire");
      return await engine.apply(request, means);
    };
    await using failing = await Deployment.create({ engine: { ...engine, apply } });
    await failing.pushTemplate("web", "workspace: { engine: process }\nagents: [{ name: main }]\n");
    const there = new Hearth({ url: failing.url, token: failing.client.token });

    const why = await there.claim().catch((error: unknown) => error);

    expect(why).toBeInstanceOf(WorkspaceFailed);
    expect(why).toMatchObject({ message: expect.stringContaining("the room is on fire") });
    expect(await there.list()).toEqual([]);
    await expect(there.create({ name: "burnt" })).rejects.toThrow("the room is on fire");
    expect((await there.list()).map(({ name, status }) => [name, status])).toEqual([["burnt", "failed"]]);
  });
});

describe("its life", () => {
  test("it stops, starts, and is found by name, by owner and name, and by id", async () => {
    const life = await hearth.create({ name: "life", preset: "cold" });
    await life.exec("echo kept > ~/note");
    expect((await life.stop()).status).toBe("stopped");
    await expect(life.exec("true")).rejects.toThrow(/start it/);
    expect((await life.start()).status).toBe("running");
    expect((await life.exec("cat ~/note")).stdout).toBe("kept\n");
    expect((await life.start()).status).toBe("running"); // runs already

    for (const name of ["life", `${life.owner}/life`, life.id]) expect((await hearth.get(name)).id).toBe(life.id);
    await expect(hearth.get("nobody/life")).rejects.toMatchObject({ status: 404 });
    await life.delete();
  });

  test("its end moves", async () => {
    await using mine = await hearth.claim({ preset: "cold", ttlMs: 3_600_000 });
    const until = new Date(Date.now() + 2 * 3_600_000);

    await mine.extend({ until });

    expect(Date.parse(mine.info.latest_build.deadline ?? "")).toBe(until.getTime());
    await expect(ws.extend({ forMs: 3_600_000 })).rejects.toMatchObject({ status: 409 });
  });

  test("lists are narrowed as in a search", async () => {
    expect((await hearth.list({ query: "name:dev" })).map(({ name }) => name)).toEqual(["dev"]);
  });
});

describe("a command", () => {
  test("has its environment, its directory, both streams and its exit", async () => {
    const result = await ws.exec("echo $OWN; pwd >&2; exit 7", { env: { OWN: "mine" }, directory: "/tmp" });

    expect(result).toEqual({ stdout: "mine\n", stderr: "/tmp\n", exitCode: 7, signal: null, droppedBytes: 0 });
  });

  test("takes arguments as they are", async () => {
    expect((await ws.exec(["printf", "%s|", "a b", "$HOME", "'"])).stdout).toBe("a b|$HOME|'|");
  });

  test.for([
    ["text", "grüße"],
    ["bytes", new TextEncoder().encode("grüße")],
    ["a blob", new Blob(["grü", "ße"])],
    ["a stream", new Blob(["grüße"]).stream()],
    [
      "a generator",
      (function* () {
        yield "grü";
        yield "ße";
      })(),
    ],
  ] as const)("is fed %s", async ([, stdin]) => {
    const source =
      Symbol.iterator in Object(stdin) && typeof stdin === "object" && !(stdin instanceof Uint8Array)
        ? (async function* () {
            yield* stdin as Iterable<string>;
          })()
        : (stdin as string);

    expect((await ws.exec("cat", { stdin: source })).stdout).toBe("grüße");
  });

  test("that does not read its input ends all the same", async () => {
    expect((await ws.exec("true", { stdin: "x".repeat(1_000_000) })).exitCode).toBe(0);
  });

  test("is told of in whole characters", async () => {
    const said: string[] = [];
    const { stdout } = await ws.exec("printf '\\303'; sleep 0.05; printf '\\274'", {
      onStdout: (text) => said.push(text),
    });

    expect([stdout, said]).toEqual(["ü", ["ü"]]);
  });

  test("of which more comes than is kept leaves its end", async () => {
    const { stdout, droppedBytes } = await ws.exec("head -c 1000000 /dev/zero; echo end", { keepBytes: 4 });

    expect([stdout, droppedBytes]).toEqual(["end\n", 1_000_000]);
  });

  test("that fails rejects where that is asked for", async () => {
    const failing = ws.exec("echo broken >&2; exit 3", { check: true });

    await expect(failing).rejects.toThrow(ExecFailed);
    await expect(failing).rejects.toMatchObject({
      message: '"echo broken >&2; exit 3" ended with exit code 3: broken',
      result: { exitCode: 3 },
    });
  });

  test("that cannot be started says why", async () => {
    await expect(ws.exec(["nope-nope"])).rejects.toMatchObject({ name: "CommandError", code: "command_not_found" });
  });

  test("that is given up ends", async () => {
    using inside = await listener();
    const given = new AbortController();
    const running = ws.exec(["bash", "-c", `${inside.line}; sleep 1000`], { signal: given.signal });
    const { ended } = await inside.begun;

    given.abort(new Error("enough"));

    await expect(running).rejects.toThrow("enough");
    await ended;
  });

  test("whose listener throws ends", async () => {
    using inside = await listener();
    const running = ws.exec(["bash", "-c", `${inside.line}; echo go; sleep 1000`], {
      onStdout: () => {
        throw new Error("mine");
      },
    });
    const { ended } = await inside.begun;

    await expect(running).rejects.toThrow("mine");
    await ended;
  });

  test("many at once share a connection", async () => {
    const results = await Promise.all(Array.from({ length: 100 }, (_, n) => ws.exec(`echo ${n}; exit ${n}`)));

    expect(results.map(({ stdout, exitCode }) => [stdout, exitCode])).toEqual(
      Array.from({ length: 100 }, (_, n) => [`${n}\n`, n]),
    );
  });
});

describe("a process", () => {
  test("has streams, takes input and signals", async () => {
    await using process = await ws.spawn("read line; echo got $line; echo err >&2; read -r other; exit 4", {
      stdin: true,
    });
    await process.write("some\n");
    await process.end();

    expect(await Promise.all([textOf(process.stdout), textOf(process.stderr)])).toEqual(["got some\n", "err\n"]);
    expect(await process.exit).toEqual({ exitCode: 4, signal: null });
    expect(process.pid).toBeGreaterThan(1);
  });

  test("ends by a signal", async () => {
    using inside = await listener();
    await using process = await ws.spawn(["bash", "-c", `${inside.line}; sleep 1000`]);
    await inside.begun;

    process.kill("SIGTERM");

    expect(await process.exit).toEqual({ exitCode: 143, signal: "SIGTERM" });
  });

  test("ends with its block", async () => {
    using inside = await listener();
    {
      await using _process = await ws.spawn(["bash", "-c", `${inside.line}; sleep 1000`]);
      await inside.begun;
    }
    await (
      await inside.begun
    ).ended;
  });

  test("that is detached is found again", async () => {
    using inside = await listener();
    const line = `echo before; ${inside.line}; read -u 3 line; echo after`;
    const first = await ws.spawn(["bash", "-c", line], { detach: true });
    const { socket } = await inside.begun;
    const reader = first.stdout.getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("before\n");
    first.leave();

    await using again = await ws.attach(first.id, { after: 7 });
    socket.end("go on\n");

    expect(await textOf(again.stdout)).toBe("after\n");
    expect(await again.exit).toEqual({ exitCode: 0, signal: null });
  });

  test("on a terminal has its size, and changes it", async () => {
    await using terminal = await ws.pty({
      command: "stty size; trap 'stty size; exit' WINCH; echo ready; while :; do read -t 1 line; done",
      columns: 100,
      rows: 30,
    });
    let said = "";
    for await (const bytes of eachOf(terminal.output)) {
      const before = said;
      said += Buffer.from(bytes).toString();
      if (!before.includes("ready") && said.includes("ready")) terminal.resize({ columns: 132, rows: 43 });
    }

    expect(said.replaceAll("\r", "")).toContain("30 100\nready\n");
    expect(said).toContain("43 132");
  });

  test("without a command is the user's shell", async () => {
    await using terminal = await ws.pty();
    await terminal.write("echo $((40 + 2)); exit 5\n");

    expect(await textOf(terminal.output)).toContain("42");
    expect((await terminal.exit).exitCode).toBe(5);
  });
});

test("what the class has no word for is a route", async () => {
  expect(await hearth.client.call(endpoints.users.getUser, { params: { user: "me" } })).toMatchObject({
    username: "admin",
  });
});

describe("files", () => {
  test("are written whole, read whole or in part, and told of", async () => {
    const bytes = new Uint8Array(Array.from({ length: 256 }, (_, value) => value));
    const written = await ws.files.write("~/deep/all.bin", bytes, { parents: true, mode: 0o600 });

    expect(written).toMatchObject({ name: "all.bin", type: "file", size: 256, mode: "0600" });
    expect(await ws.files.read("~/deep/all.bin")).toEqual(bytes);
    expect(await ws.files.read("~/deep/all.bin", { start: 250, end: 253 })).toEqual(bytes.subarray(250, 253));
    expect(await ws.files.read("~/deep/all.bin", { start: 254 })).toEqual(bytes.subarray(254));
    expect(await ws.files.read("~/deep/all.bin", { start: 9, end: 9 })).toEqual(new Uint8Array());
    expect((await ws.files.list("~/deep")).map(({ name }) => name)).toEqual(["all.bin"]);
    expect(await ws.files.exists("~/deep/all.bin")).toBe(true);
    expect(await ws.files.exists("~/deep/none")).toBe(false);
    await expect(ws.files.readText("~/deep/none")).rejects.toMatchObject({ status: 404 });
  });

  test("are edited, moved and removed", async () => {
    await ws.files.write("~/note.txt", "one two two");

    expect(await ws.files.edit("~/note.txt", [{ search: "two", replace: "three", all: true }])).toBe(2);
    await ws.files.makeDirectory("~/moved/here");
    await ws.files.move("~/note.txt", "~/moved/here/note.txt");
    expect(await ws.files.readText("~/moved/here/note.txt")).toBe("one three three");
    await expect(ws.files.remove("~/moved")).rejects.toMatchObject({ name: "ApiError" });
    await ws.files.remove("~/moved", { recursive: true });
    expect(await ws.files.exists("~/moved")).toBe(false);
  });

  test("go up and down as they come, a directory as tar", async () => {
    let made = 0;
    async function* pieces() {
      for (; made < 200; made++) yield await Promise.resolve(new Uint8Array(50_000).fill(made));
    }
    expect((await ws.files.write("~/tree/large", pieces(), { parents: true })).size).toBe(10_000_000);

    const unpacked = await ws.files.upload("~/copy", await ws.files.download("~/tree"));

    expect(unpacked.entries).toBeGreaterThan(0);
    const stream = await ws.files.readStream("~/copy/large");
    let size = 0;
    for await (const piece of eachOf(stream)) size += piece.length;
    expect(size).toBe(10_000_000);
  });

  test("are watched", async () => {
    await ws.files.makeDirectory("~/watched");
    const seen: string[] = [];
    const given = new AbortController();
    const watching = (async () => {
      for await (const { type, path } of ws.files.watch("~/watched", { signal: given.signal })) {
        seen.push(`${type} ${path.split("/").at(-1) ?? ""}`);
        if (seen.at(-1) === "removed new-0") return;
      }
    })();
    // Whoever watches has been told once something comes; what was before is not told.
    const writing = (async () => {
      for (let count = 0; seen.length === 0; count++) await ws.files.write(`~/watched/new-${count}`, "x");
      await ws.files.remove("~/watched/new-0");
    })();
    await Promise.all([watching, writing]);

    expect(seen.some((line) => /^(created|changed) new-\d+$/.test(line))).toBe(true);
    expect(seen.at(-1)).toBe("removed new-0");
  });
});

describe("ports", () => {
  const serve =
    "const s=require('net').createServer(c=>c.pipe(c));s.listen(0,'127.0.0.1',()=>console.log(s.address().port))";

  test("are listed, waited for, and reached", async () => {
    await using server = await ws.spawn([globalThis.process.execPath, "-e", serve]);
    const reader = server.stdout.getReader();
    const port = Number(Buffer.from((await reader.read()).value ?? []).toString());

    expect(await ws.ports.waitFor(port)).toMatchObject({ port });
    await using connection = await ws.ports.connect(port);
    const writer = connection.writable.getWriter();
    await writer.write(new TextEncoder().encode("echo"));
    const back = connection.readable.getReader();
    expect(Buffer.from((await back.read()).value ?? []).toString()).toBe("echo");
  });

  test("that nobody listens on are waited for as long as one likes", async () => {
    await expect(ws.ports.waitFor(9, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });

  test("have no address where the server has no wildcard host", async () => {
    await expect(ws.url(8000)).rejects.toThrow(SetupError);
  });
});

describe("logs", () => {
  test("are those of the build and of the agent's scripts", async () => {
    const lines = [];
    for await (const line of ws.logs()) lines.push(line);

    expect(lines.length).toBeGreaterThan(0);
    expect(lines[0]).toMatchObject({ from: "build", at: expect.any(Date), stage: expect.any(String) });
    expect(lines.map(({ from }) => from)).toContain("build");
  });

  test("are followed as they come", async () => {
    const given = new AbortController();
    const seen: string[] = [];
    await (async () => {
      for await (const { from, text } of ws.logs({ follow: true, signal: given.signal })) {
        seen.push(`${from}: ${text}`);
        if (from === "agent") return;
      }
    })();

    expect(seen.at(-1)).toBe("agent: started here");
  });
});

test("the processes of a workspace are listed", async () => {
  await using process = await ws.spawn("sleep 1000");

  expect(await ws.processes()).toContainEqual(expect.objectContaining({ id: process.id, shell: "sleep 1000" }));
});
