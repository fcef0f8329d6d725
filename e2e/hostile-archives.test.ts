import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { endpoints, type Client } from "@hearth/sdk";
import { endOfLog, forgedZip, RealServer } from "@hearth/testkit";
import { forgedTar } from "./forged-tar.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

let server: RealServer;
let client: Client;
beforeAll(async () => {
  server = await RealServer.prepare();
  await server.start();
  client = await server.logIn();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A file of 10 MiB in 63 KiB, and a hundred links to it: a gigabyte, where links are copied. */
function bomb(): Uint8Array {
  const content = Buffer.concat([randomBytes(53 * KiB), Buffer.alloc(10 * MiB)]);
  const links = Array.from({ length: 100 }, (_, index) => ({ name: `l${index}`, symbolicLinkTo: "zeros" }));
  return forgedZip({ name: "zeros", content }, ...links);
}

interface Answer {
  readonly status: number;
  readonly body: { readonly hash?: string; readonly code?: string; readonly detail?: string };
}

/** Uploads, and tells when all but the last byte has been taken; `send` sends that. */
async function upload(bytes: Uint8Array, type: string): Promise<{ send: () => Promise<Answer> }> {
  const asked = request(new URL("/api/v2/files", server.url), {
    method: "POST",
    headers: { "Coder-Session-Token": client.token, "Content-Type": type, "Content-Length": bytes.length },
  });
  await new Promise((resolve) => asked.write(bytes.subarray(0, -1), resolve));
  return {
    async send() {
      asked.end(bytes.subarray(-1));
      const [response] = (await once(asked, "response")) as [IncomingMessage];
      return { status: response.statusCode ?? 0, body: (await json(response)) as Answer["body"] };
    },
  };
}

async function answerTo(bytes: Uint8Array, type = "application/zip"): Promise<Answer> {
  return await (await upload(bytes, type)).send();
}

/** What the server's processes hold in memory, and the most they held since this was asked last; in bytes. */
async function memory(): Promise<{ now: number; most: number }> {
  let now = 0;
  let most = 0;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
      if (Number(fields[3]) !== server.sessionId) continue;
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      now += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KiB;
      most += Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KiB;
      await writeFile(`/proc/${pid}/clear_refs`, "5");
    } catch {
      // It ended while this looked.
    }
  }
  return { now, most };
}

test("a small zip that would become a gigabyte does neither fill the memory nor keep others waiting", async () => {
  onTestFailed(() => server.kill());
  const order: string[] = [];
  const zip = bomb();
  expect(zip.length).toBeLessThan(87 * KiB);
  const { send } = await upload(zip, "application/zip");
  const before = await memory();

  const uploaded = send().then((answer) => (order.push("upload"), answer));
  const asked = client.call(endpoints.deployment.getBuildInfo, {}).then(() => order.push("health"));
  const [{ status, body }] = await Promise.all([uploaded, asked]);

  expect(order).toEqual(["health", "upload"]);
  expect(status).toBe(201);
  const after = await memory();
  expect(after.most / before.now).toBeLessThan(1.5);
  const tar = await client.call(endpoints.files.downloadFile, { params: { fileID: body.hash ?? "" } });
  expect(tar.length).toBeLessThan(11 * MiB);
  // Links are what they were, in the zip as well; the import counts what they stand for.
  const back = await client.call(endpoints.files.downloadFile, {
    params: { fileID: body.hash ?? "" },
    query: { format: "zip" },
  });
  expect(back.length).toBeLessThan(87 * KiB);
  expect(await failureOfImport(body.hash ?? "")).toMatch(/unpacks to more than the 104857600 bytes allowed, at "l/);
  const end = await memory();
  // The import holds the files themselves, 10 MiB.
  expect(end.most / before.now).toBeLessThan(1.5);
});

test("links to an empty directory by the thousand keep nobody waiting, as a tar, as a zip and at the import", async () => {
  const links = Array.from({ length: 9_000 }, (_, index) => ({ name: `l${index}`, symbolicLinkTo: "empty" }));
  const tar = forgedTar({ name: "empty/f", text: "x" }, ...links);
  const before = await memory();

  const { body } = await answerTo(tar, "application/x-tar");
  const fileID = body.hash ?? "";
  const order: string[] = [];
  const zipped = client
    .call(endpoints.files.downloadFile, { params: { fileID }, query: { format: "zip" } })
    .then((bytes) => (order.push("zip"), bytes));
  await client.call(endpoints.deployment.getBuildInfo, {}).then(() => order.push("health"));
  const zip = await zipped;

  expect(order).toEqual(["health", "zip"]);
  expect((await answerTo(zip)).status).toBe(201);
  expect(await failureOfImport(fileID)).toContain("neither hearth.yaml nor *.tf files");
  expect((await memory()).most / before.now).toBeLessThan(1.5);
});

test.for<[string, () => Uint8Array, Partial<Answer["body"]> & { status: number }]>([
  [
    "zeros that unpack to a thousand times their size",
    () => forgedZip({ name: "zeros", content: Buffer.alloc(20 * MiB) }),
    {
      status: 413,
      code: "too_large",
      detail: 'The archive unpacks to more than 200 times its packed size, at "zeros".',
    },
  ],
  [
    "more entries than allowed",
    () => forgedZip(...Array.from({ length: 20_001 }, (_, index) => ({ name: `f${index}` }))),
    { status: 413, code: "too_large", detail: "The archive holds more than the 20000 entries allowed." },
  ],
  [
    "files that share their bytes",
    () => {
      const content = randomBytes(KiB);
      return forgedZip({ name: "a", content }, { name: "b", content, sharesWith: "a" });
    },
    { status: 400, code: "invalid_archive", detail: 'The archive\'s file "b" lies over another one.' },
  ],
  [
    "a link that leads out",
    () => forgedZip({ name: "l", symbolicLinkTo: "../../etc" }),
    {
      status: 400,
      code: "invalid_archive",
      detail: 'The archive\'s link "l" points outside the archive, at "../../etc".',
    },
  ],
])("a zip with %s is refused with its entry and limit, and nothing is kept of it", async ([, make, expected]) => {
  const { status, body } = await answerTo(make());

  expect({ status, ...body }).toMatchObject(expected);
  expect(await readdir(`${server.dataDir}/scratch`)).toEqual([]);
});

test("a tar that is no sound one cannot be had as a zip, and says so", async () => {
  const { body } = await answerTo(forgedTar({ name: "../evil", text: "x" }), "application/x-tar");

  const asked = client.call(endpoints.files.downloadFile, {
    params: { fileID: body.hash ?? "" },
    query: { format: "zip" },
  });

  await expect(asked).rejects.toMatchObject({
    status: 400,
    code: "invalid_archive",
    detail: expect.stringContaining("leads out") as string,
  });
});

test("a large archive comes back as it was sent, and is in memory in pieces only", async () => {
  const tar = forgedTar({ name: "noise", text: randomBytes(32 * MiB).toString("latin1") });
  const before = await memory();

  const { body, status } = await answerTo(tar, "application/x-tar");
  const params = { fileID: body.hash ?? "" };
  const back = await client.call(endpoints.files.downloadFile, { params });

  expect(status).toBe(201);
  expect(Buffer.from(back).equals(tar)).toBe(true);
  expect((await memory()).most - before.now).toBeLessThan(tar.length);
});

/** What the import of an archive says of it. */
async function failureOfImport(fileId: string): Promise<string> {
  const version = await client.call(endpoints.templateVersions.createTemplateVersion, {
    params: { organization: "default" },
    body: { storage_method: "file", file_id: fileId, provisioner: "terraform" },
  });
  const params = { templateversion: version.id };
  const url = client.urlOf(
    endpoints.templateVersions.getTemplateVersionLogs,
    { params, query: { follow: true } },
    "ws",
  );
  await endOfLog(url, client);
  return (await client.call(endpoints.templateVersions.getTemplateVersion, { params })).job.error ?? "";
}
