import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import { outputRules } from "./output-rules.ts";

/** Takes nothing, and fails with this code; without one it never answers, as a terminal after Ctrl-S. */
function deadStream(code?: string): Writable {
  return new Writable({
    autoDestroy: false, // as the streams of a process
    write(_chunk, _encoding, done) {
      if (code !== undefined) done(failure(code));
    },
  });
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

function liveStream(): { stream: Writable; text: () => string } {
  let text = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString("utf8");
      done();
    },
  });
  return { stream, text: () => text };
}

/** Resolves when what was written has been taken or has failed, and whoever listens has heard of it. */
async function written(stream: Writable, text: string): Promise<void> {
  await new Promise<void>((resolve) => stream.write(text, () => resolve()));
}

test.for([
  { code: "EPIPE", status: 0, said: "" },
  { code: "EIO", status: 129, said: "" },
  { code: "ENOSPC", status: 1, said: "error: The output cannot be written: ENOSPC: it failed\n" },
])("a program that prints ends by $code with $status", async ({ code, status, said }) => {
  const ended: number[] = [];
  const stderr = liveStream();
  const stdout = deadStream(code);
  outputRules({ stdout, stderr: stderr.stream }, (status_) => ended.push(status_));

  await written(stdout, "x");

  expect({ ended, said: stderr.text() }).toEqual({ ended: [status], said });
});

test.for(["EPIPE", "EIO", "ENOSPC"])("one that serves others goes on after %s, however often", (code) => {
  const ended: number[] = [];
  const [stdout, stderr] = [deadStream(code), deadStream(code)];
  const rules = outputRules({ stdout, stderr }, (status) => ended.push(status));

  rules.outlive();
  for (const stream of [stdout, stderr, stdout, stderr]) stream.emit("error", failure(code));

  expect(ended).toEqual([]);
});

test("its last lines are waited for a second, and no longer", async () => {
  const clock = new FakeClock();
  const stdout = deadStream();
  const rules = outputRules({ stdout, stderr: liveStream().stream }, () => undefined);
  rules.outlive();
  stdout.write("Stopped.\n");

  const settled = rules.settle(clock);
  await clock.asleep("last lines");
  await clock.advance(1_000);

  expect(await settled).toBe(false);
});

test("what is taken is not waited for", async () => {
  const rules = outputRules({ stdout: liveStream().stream, stderr: liveStream().stream }, () => undefined);
  rules.outlive();

  expect(await rules.settle(new FakeClock())).toBe(true);
});
