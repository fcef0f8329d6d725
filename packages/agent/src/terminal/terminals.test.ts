import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { memoryPair } from "@hearth/wire";
import { expect, test } from "vitest";
import { Terminals } from "#terminal/terminals.ts";
import { Scratch } from "#testing/scratch.ts";

/** Terminals of a workspace whose time is turned by hand. */
class Desk extends Scratch {
  readonly clock: FakeClock;
  readonly terminals: Terminals;
  clients = 0;

  constructor(clock = new FakeClock()) {
    super({ clock });
    this.clock = clock;
    this.terminals = new Terminals({
      processes: this.processes,
      surroundings: this.surroundings,
      onClient: () => {
        this.clients++;
        return () => void this.clients--;
      },
      clock,
      log: silentLogger,
    });
  }

  /** A client of a terminal; `reads: false` for one that never looks. */
  sit(
    fields: { id: string; command?: string; height?: number; width?: number; container?: string },
    { reads = true } = {},
  ): Client {
    const [ours, theirs] = memoryPair({ highWaterMarkBytes: 16_384 });
    this.terminals.accept(theirs);
    const client = new Client(ours, reads);
    client.say(fields, { isHeader: true });
    return client;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.terminals.close();
    await super[Symbol.asyncDispose]();
  }
}

class Client {
  readonly stream: Duplex;
  text = "";
  /** Everything that came. */
  all = "";
  readonly gone: Promise<void>;

  constructor(stream: Duplex, reads: boolean) {
    this.stream = stream;
    stream.on("error", () => undefined);
    this.gone = new Promise((resolve) => stream.once("close", resolve));
    if (reads) {
      stream.on("data", (chunk) => {
        this.text += String(chunk);
        this.all += String(chunk);
      });
    }
    stream.once("end", () => stream.end());
  }

  say(fields: object, { isHeader = false } = {}): void {
    const json = Buffer.from(JSON.stringify(fields));
    const length = Buffer.alloc(isHeader ? 2 : 0);
    if (isHeader) length.writeUInt16LE(json.length);
    this.stream.write(Buffer.concat([length, json]));
  }

  /** Resolves when the text was shown; takes it off the screen. */
  async shows(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      const more = new Promise<boolean>((resolve) => this.stream.once("data", () => resolve(true)));
      const isOpen = await Promise.race([more, this.gone.then(() => false)]);
      if (!isOpen && !this.text.includes(text)) {
        throw new Error(`The terminal closed without "${text}": ${this.text.slice(-200)}`);
      }
    }
    this.text = this.text.slice(this.text.indexOf(text) + text.length);
  }

  async leave(): Promise<void> {
    this.stream.destroy();
    await this.gone;
  }
}

const echoPid = 'echo pid $$; stty -echo; while read line; do echo "<$line>"; done';

test("output is replayed to whoever comes back within 5 min, from the same process [agents 101]", async () => {
  await using desk = new Desk();
  const first = desk.sit({ id: "a", command: `head -c 5000 /dev/zero | tr '\\0' x; ${echoPid}` });
  await first.shows("pid ");
  await first.leave();
  await desk.clock.asleep("terminal idle");
  await desk.clock.advance(299_999);

  const second = desk.sit({ id: "A", command: "echo never" });
  await second.shows("x".repeat(5000));
  await second.shows("pid ");
  second.say({ data: "still here\n" });
  await second.shows("<still here>");

  expect(desk.terminals.size).toBe(1);
  expect(desk.clients).toBe(1);
});

test("what the process asks is answered by the client that was last active, and by nobody again", async () => {
  await using desk = new Desk();
  const ask = "stty raw -echo; read x; echo got; read x; printf 'one\\033[6ntwo\\033]11;?\\007three'; cat";
  const first = desk.sit({ id: "a", command: ask });
  const other = desk.sit({ id: "a" });
  other.say({ height: 30, width: 100, data: "me\n" });
  await first.shows("got");
  first.say({ data: "go\n" });
  await first.shows("three");
  await other.shows("onetwothree");
  expect(first.all).toContain("one\u001b[6ntwo\u001b]11;?\u0007three");

  const late = desk.sit({ id: "a" });
  await late.shows("onetwothree");
  first.say({ data: "answer" });
  await late.shows("answer");
});

test("what the process asks while nobody is attached is answered, once", async () => {
  await using desk = new Desk();
  const ask =
    "stty raw -echo; echo ready; while [ ! -e go ]; do sleep 0.01; done; printf '\\033[2J\\033[5;7H\\033[6n'; " +
    "dd bs=1 count=6 of=answer; mv answer answered; cat";
  const first = desk.sit({ id: "a", command: ask });
  await first.shows("ready");
  await first.leave();
  await desk.clock.asleep("terminal idle");
  writeFileSync(join(desk.folder, "go"), "");
  await expect.poll(() => existsSync(join(desk.folder, "answered"))).toBe(true);
  expect(readFileSync(join(desk.folder, "answered"), "utf8")).toBe("\u001b[5;7R");

  const next = desk.sit({ id: "a" });
  next.say({ data: "live" });
  await next.shows("live");

  expect(next.all).not.toContain("\u001b[6n");
});

test("5 min after the last has left, there is a new process [agents 102]", async () => {
  await using desk = new Desk();
  const first = desk.sit({ id: "a", command: `echo first; ${echoPid}` });
  await first.shows("pid ");
  await first.leave();
  await desk.clock.asleep("terminal idle");
  await desk.clock.advance(300_001);
  while (desk.terminals.size > 0) await desk.clock.advance(0);

  const second = desk.sit({ id: "a", command: "echo second; sleep 1000" });
  await second.shows("second");

  expect(second.text).not.toContain("first");
});

test("a client that never reads is detached when it is too far behind; the other one gets everything [agents 103]", async () => {
  await using desk = new Desk();
  const reader = desk.sit({ id: "a", command: "read go; seq 250000; echo done; sleep 1000" });
  const sleeper = desk.sit({ id: "a" }, { reads: false });

  reader.say({ data: "go\n" });
  await sleeper.gone;
  await reader.shows("\n250000\r\ndone");

  expect(desk.clients).toBe(1);
});

test("a process whose only client reads nothing goes on after 5 s; one that reads slowly loses nothing", async () => {
  await using desk = new Desk();
  const sleeper = desk.sit({ id: "a", command: "seq 100000; echo done; sleep 1000" }, { reads: false });
  await desk.clock.asleep("terminal stall");
  await desk.clock.advance(5000);
  await sleeper.gone;
  const next = desk.sit({ id: "a" });
  await next.shows("done");
  await next.leave();

  const slow = desk.sit({ id: "b", command: "seq 100000; echo done; sleep 1000" }, { reads: false });
  for (let pause = 0; pause < 3; pause++) {
    await desk.clock.asleep("terminal stall");
    await desk.clock.advance(4999);
    slow.text += String(slow.stream.read());
    while (slow.stream.readableLength > 0) slow.text += String(slow.stream.read());
  }
  slow.stream.on("data", (chunk) => (slow.text += String(chunk)));
  await slow.shows("\n100000\r\ndone");
});

test("two first clients that come at once share one process [agents 105]", async () => {
  await using desk = new Desk();

  const [one, other] = [desk.sit({ id: "a", command: echoPid }), desk.sit({ id: "a", command: echoPid })];
  await Promise.all([one.shows("pid "), other.shows("pid ")]);
  one.say({ data: "hello\n" });
  await Promise.all([one.shows("<hello>"), other.shows("<hello>")]);

  expect(desk.terminals.size).toBe(1);
  expect(desk.clients).toBe(2);
});

test("the size is the last that anybody asked for", async () => {
  await using desk = new Desk();
  const one = desk.sit({
    id: "a",
    height: 30,
    width: 100,
    command: "while :; do stty size; sleep 0.01; done",
  });
  await one.shows("30 100");
  one.say({ height: 40, width: 120 });
  await one.shows("40 120");
  const other = desk.sit({ id: "a", height: 20, width: 60 });
  await other.shows("20 60");
});

test("the terminal says what it is, knows UTF-8, and a client sees its end", async () => {
  await using desk = new Desk();
  const client = desk.sit({ id: "a", command: 'echo "$TERM ${LC_ALL:-$LC_CTYPE}"' });

  await client.shows("xterm-256color C.UTF-8");
  await client.gone;

  expect(client.stream.readableEnded).toBe(true);
  expect(desk.terminals.size).toBe(0);
});

test("who says nothing is cut off, who asks for a container is told that there are none", async () => {
  await using desk = new Desk();
  const [ours, theirs] = memoryPair();
  ours.on("error", () => undefined);
  desk.terminals.accept(theirs);
  const mute = new Promise((resolve) => ours.once("close", resolve));
  const other = desk.sit({ id: "b", container: "x" });

  await desk.clock.asleep("terminal header");
  await desk.clock.advance(10_000);
  await mute;

  await other.gone;
  expect(other.text).toContain("containers are not offered");
  expect(desk.clock.pending()).toEqual([]);
});
