import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { endpoints, type Client } from "@hearth/sdk";
import { endOfLog, forgedZip, RealServer } from "@hearth/testkit";
import { forgedTar } from "./forged-tar.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
/** In ticks: what the main thread may work at a stretch, many times what it does. */
const longestTurn = 100;

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

async function answerTo(bytes: Uint8Array, type = "application/zip"): Promise<Answer> {
  const response = await fetch(new URL("/api/v2/files", server.url), {
    method: "POST",
    headers: { "Coder-Session-Token": client.token ?? "", "Content-Type": type },
    body: Buffer.from(bytes),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

/** The processes that were started as the server. */
async function* processes(): AsyncGenerator<{ pid: string; stat: readonly string[] }> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    try {
      // Behind the name, which may hold anything: see proc(5).
      const stat = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
      if (Number(stat[3]) === server.sessionId) yield { pid, stat };
    } catch {
      // It ended while this looked.
    }
  }
}

/** What is read of a process, or nothing when it ended while this looked. */
async function ofLiving(reading: Promise<string | void>): Promise<string> {
  try {
    return (await reading) ?? "";
  } catch {
    return "";
  }
}

/** The processor's time that the server's main thread has used, in ticks of a hundredth of a second. */
async function ticks(): Promise<number> {
  let sum = 0;
  for await (const { pid } of processes()) {
    const stat = (await ofLiving(readFile(`/proc/${pid}/task/${pid}/stat`, "utf8"))).replace(/^.*\) /s, "").split(" ");
    sum += Number(stat[11] ?? 0) + Number(stat[12] ?? 0);
  }
  return sum;
}

/**
 * Asks the server for something small again and again until the work has ended, and tells how long its main thread worked
 * at most while somebody waited for that. It is the thread's own time: how busy the machine is does not count.
 */
async function longestTurnDuring(work: Promise<unknown>): Promise<number> {
  let hasEnded = false;
  const end = work.finally(() => (hasEnded = true));
  let longest = 0;
  while (!hasEnded) {
    const from = await ticks();
    await client.call(endpoints.deployment.getBuildInfo, {});
    longest = Math.max(longest, (await ticks()) - from);
  }
  await end;
  return longest;
}

/** What the server's processes hold in memory, and the most they held since this was asked last; in bytes. */
async function memory(): Promise<{ now: number; most: number }> {
  let now = 0;
  let most = 0;
  for await (const { pid } of processes()) {
    const status = await ofLiving(readFile(`/proc/${pid}/status`, "utf8"));
    now += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KiB;
    most += Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KiB;
    await ofLiving(writeFile(`/proc/${pid}/clear_refs`, "5"));
  }
  return { now, most };
}

test("a small zip that would become a gigabyte does neither fill the memory nor keep others waiting", async () => {
  onTestFailed(() => server.kill());
  const zip = bomb();
  expect(zip.length).toBeLessThan(87 * KiB);
  const before = await memory();

  const uploaded = answerTo(zip);
  const turn = await longestTurnDuring(uploaded);
  const { status, body } = await uploaded;

  expect(turn).toBeLessThan(longestTurn);
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

test("links to an empty directory by the thousand are taken as what they are, as a tar, as a zip and at the import", async () => {
  const links = Array.from({ length: 9_000 }, (_, index) => ({ name: `l${index}`, symbolicLinkTo: "empty" }));
  const tar = forgedTar({ name: "empty/f", text: "x" }, ...links);
  const before = await memory();

  const { body } = await answerTo(tar, "application/x-tar");
  const fileID = body.hash ?? "";
  const zipped = client.call(endpoints.files.downloadFile, { params: { fileID }, query: { format: "zip" } });
  expect(await longestTurnDuring(zipped)).toBeLessThan(longestTurn);
  const zip = await zipped;

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
  // As large as may be (a letter of two bytes for every second one): pieces that wait to be collected, some 75 MB of them
  // at any size, are then little beside it; held whole, it would be there several times.
  const tar = forgedTar({ name: "noise", text: randomBytes(64 * MiB).toString("latin1") });
  const before = await memory();

  const { body, status } = await answerTo(tar, "application/x-tar");
  const params = { fileID: body.hash ?? "" };
  const back = await client.call(endpoints.files.downloadFile, { params });

  expect(status).toBe(201);
  expect(Buffer.from(back).equals(tar)).toBe(true);
  expect((await memory()).most - before.now).toBeLessThan(2 * tar.length);
});

test("whoever asks while a large archive is made a zip does not wait for it", async () => {
  const tar = forgedTar({ name: "noise", text: randomBytes(40 * MiB).toString("base64") });
  const { body } = await answerTo(tar, "application/x-tar");

  const zipped = client.call(endpoints.files.downloadFile, {
    params: { fileID: body.hash ?? "" },
    query: { format: "zip" },
  });

  expect(await longestTurnDuring(zipped)).toBeLessThan(longestTurn);
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
