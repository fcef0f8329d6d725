import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { silentLogger, systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { TestFolder } from "@hearth/base/test-folder";
import { memoryPair } from "@hearth/wire";
import { pack } from "tar-stream";
import { describe, expect, test } from "vitest";
import { HttpApi } from "#api/http-api.ts";
import { readRange } from "#files/content.ts";
import { editText } from "#files/edit-text.ts";
import { type FileServices, fileRoutes } from "#files/file-routes.ts";
import { ApiClient, type Whole } from "#testing/api-client.ts";

/** The files of a home directory of the test's own, with `work` in it as the workspace's directory. */
class Rig extends TestFolder {
  readonly api: HttpApi;
  readonly client: ApiClient;

  constructor({ clock = systemClock, ...options }: Partial<FileServices> = {}) {
    super();
    mkdirSync(this.join("work"));
    const surroundings = () => ({ env: { HOME: this.path }, directory: this.join("work"), shell: "/bin/sh" });
    const routes = fileRoutes({ surroundings, blocksFileTransfer: false, clock, ...options });
    this.api = new HttpApi({ routes, clock, log: silentLogger });
    this.client = new ApiClient(this.api);
  }

  async json(
    method: string,
    route: string,
    path?: string,
    body?: object | string | Uint8Array,
    more = "",
  ): Promise<[number | undefined, unknown]> {
    const query = path === undefined ? "" : `?path=${encodeURIComponent(path)}${more}`;
    return await this.client.json(method, `/api/v1/files${route}${query}`, body);
  }

  async get(route: string, path: string, headers = {}): Promise<Whole> {
    return await this.client.ask("GET", `/api/v1/files${route}?path=${encodeURIComponent(path)}`, { headers });
  }

  write(name: string, content: string | Uint8Array, mode = 0o644): void {
    writeFileSync(this.join(name), content, { mode });
  }

  read(name: string): string {
    return readFileSync(this.join(name), "utf8");
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.api.close();
    await super[Symbol.asyncDispose]();
  }
}

describe("looking", () => {
  test("a path is absolute, from the home directory, or from the workspace's", async () => {
    await using rig = new Rig();
    rig.write("work/a.txt", "hello", 0o640);
    const entry = {
      name: "a.txt",
      path: rig.join("work/a.txt"),
      type: "file",
      size: 5,
      mode: "0640",
      modified_at: expect.stringMatching(/^\d{4}-.*Z$/),
    };

    for (const path of [rig.join("work/a.txt"), "~/work/a.txt", "a.txt", "./b/../a.txt"]) {
      expect(await rig.json("GET", "/stat", path)).toEqual([200, entry]);
    }
  });

  test("a directory is listed by name, each entry with its kind, links as they are written", async () => {
    await using rig = new Rig();
    rig.write("work/b", "");
    mkdirSync(rig.join("work/a"));
    symlinkSync("../nowhere", rig.join("work/c"));
    spawnSync("mkfifo", [rig.join("work/d")]);

    const [status, body] = await rig.json("GET", "/list", ".");

    expect([status, body]).toMatchObject([
      200,
      {
        truncated: false,
        entries: [
          { name: "a", type: "directory", path: rig.join("work/a") },
          { name: "b", type: "file", size: 0 },
          { name: "c", type: "symlink", target: "../nowhere" },
          { name: "d", type: "other" },
        ],
      },
    ]);
  });

  test.for<[status: number, code: string, method: string, route: string, path: string]>([
    [404, "not_found", "GET", "/stat", "none"],
    [404, "not_found", "GET", "/list", "none"],
    [409, "not_a_directory", "GET", "/list", "file"],
    [404, "not_found", "GET", "/content", "none"],
    [409, "is_a_directory", "GET", "/content", "."],
    [409, "not_a_file", "GET", "/content", "pipe"],
    [409, "not_a_file", "GET", "/content", "/dev/null"],
    [400, "bad_request", "GET", "/stat", "round"],
    [400, "bad_request", "GET", "/stat", ""],
    [400, "bad_request", "GET", "/stat", "a\0b"],
    [409, "is_a_directory", "PUT", "/content", "."],
    [409, "not_a_file", "PUT", "/content", "pipe"],
    [409, "not_a_file", "PUT", "/content", "dangling"],
    [404, "not_found", "PUT", "/content", "none/file"],
    [409, "not_a_directory", "PUT", "/content", "file/file"],
    [404, "not_found", "DELETE", "", "none"],
    [409, "not_empty", "DELETE", "", "full"],
    [403, "forbidden", "DELETE", "", "/"],
    [404, "not_found", "GET", "/tar", "none"],
    [404, "not_found", "GET", "/watch", "none"],
  ])("%i %s: %s %s of %s", async ([status, code, method, route, path]) => {
    await using rig = new Rig();
    rig.write("work/file", "content");
    mkdirSync(rig.join("work/full/inner"), { recursive: true });
    spawnSync("mkfifo", [rig.join("work/pipe")]);
    symlinkSync("round/x", rig.join("work/round"));
    symlinkSync("nothing", rig.join("work/dangling"));
    const asked = path === "round" ? "round/y" : path;

    expect(await rig.json(method, route, asked)).toMatchObject([status, { code, message: expect.any(String) }]);
    expect(rig.read("work/file")).toBe("content");
  });
});

describe("content", () => {
  test("is sent as it is, whole or a range of it", async () => {
    await using rig = new Rig();
    const bytes = randomBytes(300_000);
    rig.write("work/data", bytes);

    const whole = await rig.get("/content", "data");
    const part = await rig.get("/content", "data", { range: "bytes=100000-200000" });
    const end = await rig.get("/content", "data", { range: "bytes=-10" });
    const beyond = await rig.get("/content", "data", { range: "bytes=300000-" });

    expect(whole.bytes.equals(bytes)).toBe(true);
    expect(whole.headers).toMatchObject({ "content-length": "300000", "accept-ranges": "bytes" });
    expect(part.status).toBe(206);
    expect(part.headers["content-range"]).toBe("bytes 100000-200000/300000");
    expect(part.bytes.equals(bytes.subarray(100_000, 200_001))).toBe(true);
    expect(end.bytes.equals(bytes.subarray(-10))).toBe(true);
    expect([beyond.status, JSON.parse(String(beyond.bytes))]).toMatchObject([416, { code: "bad_range" }]);
  });

  test("of an empty file is empty, and the kernel's files have theirs", async () => {
    await using rig = new Rig();
    rig.write("work/empty", "");

    expect(await rig.get("/content", "empty")).toMatchObject({ status: 200, bytes: Buffer.alloc(0) });
    expect(String((await rig.get("/content", "/proc/self/status")).bytes)).toContain("Pid:");
    expect((await rig.client.ask("HEAD", "/api/v1/files/content?path=empty")).status).toBe(200);
  });

  test.for<[header: string | undefined, size: number, range: unknown]>([
    [undefined, 10, undefined],
    ["bytes=0-0", 10, { first: 0, last: 0 }],
    ["bytes=5-", 10, { first: 5, last: 9 }],
    ["bytes=5-100", 10, { first: 5, last: 9 }],
    ["bytes=-3", 10, { first: 7, last: 9 }],
    ["bytes=-30", 10, { first: 0, last: 9 }],
    ["bytes=-0", 10, "none"],
    ["bytes=10-", 10, "none"],
    ["bytes=0-", 0, "none"],
    ["bytes=5-4", 10, undefined],
    ["bytes=-", 10, undefined],
    ["bytes=0-1,4-5", 10, undefined],
    ["lines=0-1", 10, undefined],
  ])("the range %s of %i bytes is %j", ([header, size, range]) => {
    expect(readRange(header, size)).toEqual(range);
  });

  test("is written whole, keeps the file's mode, and goes where a link leads", async () => {
    await using rig = new Rig();
    const bytes = randomBytes(2_000_000);
    rig.write("work/script", "old", 0o750);
    symlinkSync("script", rig.join("work/link"));

    const [status, entry] = await rig.json("PUT", "/content", "link", bytes);
    const [, made] = await rig.json("PUT", "/content", "a/b/new", "text", "&make_parents=true&mode=0600");

    expect([status, entry]).toMatchObject([200, { type: "symlink", target: "script" }]);
    expect(readFileSync(rig.join("work/script")).equals(bytes)).toBe(true);
    expect(statSync(rig.join("work/script")).mode & 0o777).toBe(0o750);
    expect(made).toMatchObject({ path: rig.join("work/a/b/new"), mode: "0600", size: 4 });
    expect(readdirSync(rig.join("work")).toSorted()).toEqual(["a", "link", "script"]);
  });

  test("that breaks off in the middle changes nothing and leaves nothing", async () => {
    await using rig = new Rig();
    rig.write("work/file", "old");
    const [ours, theirs] = memoryPair();
    ours.on("error", () => undefined);
    rig.api.accept(theirs);
    ours.write("PUT /api/v1/files/content?path=file HTTP/1.1\r\nHost: agent\r\nContent-Length: 1000\r\n\r\nonly this");
    await expect.poll(() => readdirSync(rig.join("work"))).toHaveLength(2); // a draft beside it

    ours.destroy();
    await expect.poll(() => readdirSync(rig.join("work"))).toEqual(["file"]);

    expect(rig.read("work/file")).toBe("old");
  });

  test("a mode is octal", async () => {
    await using rig = new Rig();

    expect(await rig.json("PUT", "/content", "x", "", "&mode=rwx")).toMatchObject([400, { code: "bad_request" }]);
    expect(existsSync(rig.join("work/x"))).toBe(false);
  });
});

describe("changing", () => {
  test("directories are made, with what is above them where that is asked for", async () => {
    await using rig = new Rig();

    expect(await rig.json("POST", "/directories", undefined, { path: "a/b" })).toMatchObject([404, {}]);
    expect(await rig.json("POST", "/directories", undefined, { path: "a/b", parents: true })).toMatchObject([
      201,
      { path: rig.join("work/a/b"), type: "directory" },
    ]);
    expect(await rig.json("POST", "/directories", undefined, { path: "a/b" })).toMatchObject([409, { code: "exists" }]);
    expect(await rig.json("POST", "/directories", undefined, { path: "a/b", parents: true })).toMatchObject([201, {}]);
    expect(await rig.json("POST", "/directories", undefined, { path: "c", mode: "0700" })).toMatchObject([
      201,
      { mode: "0700" },
    ]);
  });

  test("a move takes no place that is taken, unless it is to", async () => {
    await using rig = new Rig();
    rig.write("work/a", "a");
    rig.write("work/b", "b");
    const move = (from: string, to: string, overwrite?: boolean) =>
      rig.json("POST", "/move", undefined, { from, to, ...(overwrite !== undefined && { overwrite }) });

    expect(await move("a", "b")).toMatchObject([409, { code: "exists" }]);
    expect(await move("none", "b", true)).toMatchObject([404, { code: "not_found" }]);
    expect([rig.read("work/a"), rig.read("work/b")]).toEqual(["a", "b"]);
    expect(await move("a", "b", true)).toMatchObject([200, { path: rig.join("work/b") }]);
    expect([existsSync(rig.join("work/a")), rig.read("work/b")]).toEqual([false, "a"]);
    expect(await move("b", "~/elsewhere")).toMatchObject([200, { path: rig.join("elsewhere") }]);
  });

  test("what is removed is gone, a link and not what it leads to, a full directory only as a whole", async () => {
    await using rig = new Rig();
    mkdirSync(rig.join("work/full/inner"), { recursive: true });
    rig.write("work/full/inner/file", "x");
    symlinkSync("full", rig.join("work/link"));

    expect(await rig.json("DELETE", "", "link", undefined, "&recursive=true")).toEqual([204, undefined]);
    expect(existsSync(rig.join("work/full/inner/file"))).toBe(true);
    expect(await rig.json("DELETE", "", "full", undefined, "&recursive=true")).toEqual([204, undefined]);

    expect(readdirSync(rig.join("work"))).toEqual([]);
  });

  test("edits are all made or none, each of what the one before has left", async () => {
    await using rig = new Rig();
    rig.write("work/file", "one two two\n", 0o755);
    const edit = (...edits: object[]) => rig.json("POST", "/edit", undefined, { path: "file", edits });

    expect(await edit({ search: "one", replace: "1" }, { search: "three", replace: "3" })).toMatchObject([
      409,
      { code: "no_match", message: expect.stringContaining("Edit 2") },
    ]);
    expect(await edit({ search: "two", replace: "2" })).toMatchObject([
      409,
      { code: "ambiguous", message: expect.stringContaining("2 times") },
    ]);
    expect(rig.read("work/file")).toBe("one two two\n");
    expect(await edit({ search: "two", replace: "$&2", all: true }, { search: "one", replace: "" })).toEqual([
      200,
      { replaced: 3 },
    ]);
    expect(rig.read("work/file")).toBe(" $&2 $&2\n");
    expect(statSync(rig.join("work/file")).mode & 0o777).toBe(0o755);
  });

  test.for<[status: number, code: string, content: string | Uint8Array, body: object]>([
    [409, "not_text", Uint8Array.of(0xff, 0xfe, 0), { path: "file", edits: [{ search: "a", replace: "b" }] }],
    [413, "too_large", "x".repeat(10 * 1024 * 1024 + 1), { path: "file", edits: [{ search: "a", replace: "b" }] }],
    [400, "bad_request", "a", { path: "file", edits: [] }],
    [400, "bad_request", "a", { path: "file", edits: [{ search: "", replace: "b" }] }],
    [400, "bad_request", "a", { path: "file", edits: [{ search: "a" }] }],
    [400, "bad_request", "a", { edits: [{ search: "a", replace: "b" }] }],
    [409, "is_a_directory", "a", { path: ".", edits: [{ search: "a", replace: "b" }] }],
  ])("an edit that cannot be made: %i %s", async ([status, code, content, body]) => {
    await using rig = new Rig();
    rig.write("work/file", content);

    expect(await rig.json("POST", "/edit", undefined, body)).toMatchObject([status, { code }]);
  });

  test("an edit of nothing but its own text says how often it was there", () => {
    expect(editText("aaa", [{ search: "a", replace: "aa", all: true }])).toEqual({ text: "aaaaaa", replaced: 3 });
  });
});

describe("tar", () => {
  test("a directory comes back as it was: contents, modes, times, links, names of every kind", async () => {
    await using rig = new Rig();
    mkdirSync(rig.join("work/from/deep", "ü ".repeat(60)), { recursive: true });
    const big = randomBytes(3_000_000);
    rig.write("work/from/big", big);
    rig.write("work/from/run.sh", "#!/bin/sh\n", 0o755);
    rig.write(`work/from/deep/${"ü ".repeat(60)}/leaf`, "leaf");
    symlinkSync("/usr/bin/env", rig.join("work/from/env"));
    symlinkSync("../deep", rig.join("work/from/deep/loop"));
    utimesSync(rig.join("work/from/run.sh"), 1_000_000, 1_000_000);
    spawnSync("mkfifo", [rig.join("work/from/pipe")]);

    const tar = await rig.get("/tar", "from");
    const unpacked = await rig.json("PUT", "/tar", "to", tar.bytes);

    expect(tar.headers["content-type"]).toBe("application/x-tar");
    expect(unpacked).toEqual([200, { entries: 7, bytes: 3_000_000 + 10 + 4 }]);
    const compare = 'diff -r --no-dereference --exclude=pipe "$1" "$2"';
    const folders = [rig.join("work/from"), rig.join("work/to")];
    const compared = spawnSync("sh", ["-c", compare, "sh", ...folders], { encoding: "utf8" });
    expect([compared.stdout, compared.status]).toEqual(["", 0]);
    expect(statSync(rig.join("work/to/run.sh"))).toMatchObject({ mtimeMs: 1_000_000_000, mode: 0o100755 });
    expect(readdirSync(rig.join("work/to")).toSorted()).toEqual(["big", "deep", "env", "run.sh"]);
  });

  test("the system's own tar makes and reads them, and a file is a tar of one", async () => {
    await using rig = new Rig();
    rig.write("work/file", "content");
    mkdirSync(rig.join("source"));
    rig.write("source/inner", "by tar");
    const made = spawnSync("tar", ["-C", rig.join("source"), "-c", "."]).stdout;

    const one = await rig.get("/tar", "file");
    expect(spawnSync("tar", ["-xO", "file"], { input: one.bytes }).stdout.toString()).toBe("content");
    expect(await rig.json("PUT", "/tar", "here", made)).toMatchObject([200, { bytes: 6 }]);

    expect(rig.read("work/here/inner")).toBe("by tar");
  });

  interface Item {
    readonly name: string;
    readonly type?: "file" | "symlink" | "link" | "directory" | "fifo" | "character-device";
    readonly linkname?: string;
  }

  async function tarOf(items: readonly Item[]): Promise<Buffer> {
    const writer = pack();
    for (const { name, type = "file", linkname } of items) {
      if (type === "file") writer.entry({ name }, "escaped");
      else writer.entry({ name, type, ...(linkname !== undefined && { linkname }) });
    }
    writer.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of writer as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  test.for<[what: string, code: string, items: readonly Item[]]>([
    ["a name with ..", "escapes", [{ name: "a/../../out" }]],
    ["an absolute name", "escapes", [{ name: "/tmp/hearth-out" }]],
    [
      "a link that leads out, and a file by way of it",
      "escapes",
      [{ name: "l", type: "symlink", linkname: ".." }, { name: "l/out" }],
    ],
    [
      "a link to what is not there yet",
      "escapes",
      [{ name: "l", type: "symlink", linkname: "../new" }, { name: "l/out" }],
    ],
    [
      "a directory by way of a link",
      "escapes",
      [
        { name: "l", type: "symlink", linkname: "../.." },
        { name: "l/out/", type: "directory" },
      ],
    ],
    ["a link in the home of the tar", "escapes", [{ name: "there/out" }]],
    ["a hard link to what is outside", "escapes", [{ name: "h", type: "link", linkname: "../secret" }]],
    [
      "a hard link by way of a link",
      "escapes",
      [
        { name: "l", type: "symlink", linkname: ".." },
        { name: "h", type: "link", linkname: "l/secret" },
      ],
    ],
    ["a device", "unsupported_entry", [{ name: "d", type: "character-device" }]],
    ["a pipe", "unsupported_entry", [{ name: "p", type: "fifo" }]],
  ])("%s is refused, and nothing comes to lie outside", async ([, code, items]) => {
    await using rig = new Rig();
    rig.write("work/secret", "secret");
    mkdirSync(rig.join("work/to"));
    symlinkSync("..", rig.join("work/to/there"));

    expect(await rig.json("PUT", "/tar", "to", await tarOf(items))).toMatchObject([400, { code }]);

    expect(readdirSync(rig.path)).toEqual(["work"]);
    expect(readdirSync(rig.join("work")).toSorted()).toEqual(["secret", "to"]);
    expect(rig.read("work/secret")).toBe("secret");
  });

  test("a refusal in the middle says which entries are there", async () => {
    await using rig = new Rig();
    mkdirSync(rig.join("work/to/full/inner"), { recursive: true });

    const answer = await rig.json(
      "PUT",
      "/tar",
      "to",
      await tarOf([{ name: "a" }, { name: "b" }, { name: "full" }, { name: "c" }]),
    );

    const message = expect.stringMatching(/^full: .* Entries written before that: 2, up to b\.$/);
    expect(answer).toMatchObject([409, { code: expect.stringMatching(/is_a_directory|not_empty/), message }]);
    expect(readdirSync(rig.join("work/to")).toSorted()).toEqual(["a", "b", "full"]);
  });

  test("a file takes the place of a link, and what that leads to is left alone", async () => {
    await using rig = new Rig();
    rig.write("work/secret", "secret");
    mkdirSync(rig.join("work/to"));
    symlinkSync("../secret", rig.join("work/to/file"));

    await rig.json("PUT", "/tar", "to", await tarOf([{ name: "file" }]));

    expect([rig.read("work/secret"), rig.read("work/to/file")]).toEqual(["secret", "escaped"]);
    expect(lstatSync(rig.join("work/to/file")).isFile()).toBe(true);
  });

  test.for([
    ["no tar", Buffer.from("x".repeat(2000))],
    ["cut in the middle of a file", undefined],
  ] as const)("what is %s is a broken archive, and leaves no draft", async ([, given]) => {
    await using rig = new Rig();
    const sound = await tarOf([{ name: "whole" }, { name: "cut" }]);

    const answer = await rig.json("PUT", "/tar", "to", given ?? sound.subarray(0, 1024 + 512 + 3));

    const written = given ? "Nothing was written." : "Entries written before that: 1, up to whole.";
    expect(answer).toMatchObject([400, { code: "broken_archive", message: expect.stringContaining(written) }]);
    expect(readdirSync(rig.join("work/to"))).toEqual(given ? [] : ["whole"]);
  });
});

test("nothing goes in or out where file transfer is blocked; looking and tidying is allowed", async () => {
  await using rig = new Rig({ blocksFileTransfer: true });
  rig.write("work/file", "secret");

  for (const [method, route] of [
    ["GET", "/content"],
    ["PUT", "/content"],
    ["GET", "/tar"],
    ["PUT", "/tar"],
  ] as const) {
    expect(await rig.json(method, route, "file")).toMatchObject([403, { code: "transfer_blocked" }]);
  }
  expect(await rig.json("GET", "/stat", "file")).toMatchObject([200, {}]);
});

describe("watching", () => {
  interface Watching {
    /** Resolves once these were told, each of them; whatever else comes is passed over. */
    readonly sees: (...changes: [type: string, name: string][]) => Promise<string>;
    readonly seen: () => string;
    readonly ended: Promise<void>;
    readonly leave: () => void;
  }

  async function watch(rig: Rig, path: string, recursive: boolean): Promise<Watching> {
    const answer = await rig.client.open("GET", `/api/v1/files/watch?path=${path}&recursive=${recursive}`);
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "text/event-stream"]);
    let text = "";
    answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    const ended = once(answer, "end").then(() => undefined);
    const line = ([type, name]: [string, string]): string =>
      `event: change\ndata: ${JSON.stringify({ type, path: rig.join("work", name) })}\n\n`;
    return {
      sees: async (...changes) => {
        while (!changes.every((change) => text.includes(line(change)))) await once(answer, "data");
        const seen = text;
        text = "";
        return seen;
      },
      seen: () => text,
      ended,
      leave: () => void answer.destroy(),
    };
  }

  test("changes come with their kind, once they are watched, also of directories that are new", async () => {
    await using rig = new Rig();
    mkdirSync(rig.join("work/src"));
    rig.write("work/src/old", "1");
    const watching = await watch(rig, ".", true);

    rig.write("work/src/old", "2");
    await watching.sees(["changed", "src/old"]);
    rig.write("work/new", "1");
    await watching.sees(["created", "new"]);
    mkdirSync(rig.join("work/a/b"), { recursive: true });
    rig.write("work/a/b/c", "1");
    await watching.sees(["created", "a"], ["created", "a/b"], ["created", "a/b/c"]);
    rig.write("work/a/b/c", "2");
    await watching.sees(["changed", "a/b/c"]);
    await rig.json("POST", "/move", undefined, { from: "new", to: "src/newer" });
    await watching.sees(["removed", "new"], ["created", "src/newer"]);
    await rig.json("DELETE", "", "a", undefined, "&recursive=true");
    await watching.sees(["removed", "a"]);
    watching.leave();
  });

  test("what is written whole is told once, and nothing of how", async () => {
    await using rig = new Rig();
    rig.write("work/old", "1");
    const watching = await watch(rig, ".", true);
    const made = spawnSync("tar", ["-C", rig.join("work"), "-c", "old"]).stdout;

    await rig.json("PUT", "/content", "new", "x".repeat(100_000));
    await rig.json("PUT", "/content", "old", "2");
    await rig.json("PUT", "/tar", "sub", made);
    rig.write("work/last", "");
    const seen = await watching.sees(
      ["created", "new"],
      ["changed", "old"],
      ["created", "sub/old"],
      ["created", "last"],
    );

    expect(seen).not.toContain(".hearth");
    watching.leave();
  });

  test("without recursion only what is in the directory itself counts", async () => {
    await using rig = new Rig();
    mkdirSync(rig.join("work/sub"));
    const watching = await watch(rig, ".", false);

    rig.write("work/sub/below", "1");
    rig.write("work/here", "1");
    await watching.sees(["created", "here"]);

    expect(watching.seen()).not.toContain("below");
    watching.leave();
  });

  test("a file is watched also when it is replaced, and its neighbours are not", async () => {
    await using rig = new Rig();
    rig.write("work/file", "1");
    const watching = await watch(rig, "file", false);

    rig.write("work/neighbour", "1");
    await rig.json("PUT", "/content", "file", "2");
    await watching.sees(["changed", "file"]);
    await rig.json("DELETE", "", "file");
    await watching.sees(["removed", "file"]);

    expect(watching.seen()).not.toContain("neighbour");
    watching.leave();
  });

  test("the stream ends when what is watched is gone", async () => {
    await using rig = new Rig();
    mkdirSync(rig.join("work/sub"));
    const watching = await watch(rig, "sub", true);

    await rig.json("DELETE", "", "sub", undefined, "&recursive=true");

    await watching.ended;
  });

  test("a ping comes every 15 s, and nothing is left when the client leaves", async () => {
    const clock = new FakeClock();
    await using rig = new Rig({ clock });
    const answer = await rig.client.open("GET", "/api/v1/files/watch?path=.");
    await clock.asleep("file watch ping");
    await clock.advance(15_000);
    const [chunk] = (await once(answer, "data")) as [Buffer];
    expect(String(chunk)).toBe("event: ping\n\n");

    answer.destroy();
    await expect.poll(() => clock.pending()).toEqual([]);
  });

  test("what has more directories than are watched is refused", async () => {
    await using rig = new Rig({ mostDirectories: 4 });
    for (const name of ["a/b", "c", "d"]) mkdirSync(rig.join("work", name), { recursive: true });

    expect(await rig.json("GET", "/watch", ".", undefined, "&recursive=true")).toMatchObject([
      413,
      { code: "too_many_directories" },
    ]);
    expect(await rig.json("GET", "/watch", "none/x")).toMatchObject([404, {}]);
    const one = await watch(rig, "a", true);
    one.leave();
  });
});
