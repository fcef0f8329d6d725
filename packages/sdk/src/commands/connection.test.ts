import fc from "fast-check";
import { systemClock } from "@hearth/base";
import { expect, test } from "vitest";
import type { CommandStart } from "../schemas/commands.ts";
import {
  agentFrames,
  clientFrames,
  CommandsConnection,
  decodeFrame,
  encodeFrame,
  FrameError,
  initialWindowBytes,
  longestPayloadBytes,
  maxOpenCommands,
  readNumber,
  writeNumber,
  type Command,
  type Frame,
} from "./index.ts";

/** A connection whose frames the test reads, and answers by hand. */
class Wire {
  readonly sent: Frame[] = [];
  isClosed = false;
  readonly connection = new CommandsConnection({
    send: (frame) => void this.sent.push(decodeFrame(frame)),
    close: () => void (this.isClosed = true),
  });

  start(request: CommandStart = { argv: ["true"] }, signal?: AbortSignal): { command: Command; id: number } {
    const command = this.connection.start(request, { signal });
    return { command, id: this.sent.at(-1)?.command ?? 0 };
  }

  /** The agent says this. */
  say(kind: number, id: number, payload?: Uint8Array | object): void {
    this.connection.receive(decodeFrame(encodeFrame(kind, id, payload)));
  }

  kinds(): number[] {
    return this.sent.map(({ kind }) => kind);
  }
}

const text = (string: string) => new TextEncoder().encode(string);
const json = ({ payload }: Frame) => JSON.parse(new TextDecoder().decode(payload)) as unknown;

async function outputOf(command: Command): Promise<string[]> {
  const said: string[] = [];
  for await (const piece of command.output) {
    said.push(
      piece.from === "dropped" ? `-${piece.droppedBytes}` : `${piece.from}:${Buffer.from(piece.bytes).toString()}`,
    );
  }
  return said;
}

/** Lets everything that can go on go on. */
const turn = () => systemClock.sleep(0);

test("a command is started, says things in order, and ends behind them", async () => {
  const wire = new Wire();
  const { command, id } = wire.start({ shell: "echo a; echo b >&2", env: { A: "1" } });

  wire.say(agentFrames.started, id, { process_id: "4b2f", pid: 7 });
  wire.say(agentFrames.dropped, id, { bytes: 5 });
  wire.say(agentFrames.dropped, id, { bytes: 6 });
  wire.say(agentFrames.stdout, id, text("a"));
  wire.say(agentFrames.stderr, id, text("b"));
  wire.say(agentFrames.exit, id, { exit_code: 3, signal: null });

  expect(json(wire.sent[0] as Frame)).toEqual({ shell: "echo a; echo b >&2", env: { A: "1" } });
  expect(await command.started).toEqual({ process_id: "4b2f", pid: 7 });
  expect(await outputOf(command)).toEqual(["-11", "stdout:a", "stderr:b"]);
  expect(await command.exit).toEqual({ exit_code: 3, signal: null });
  expect(wire.connection.openCount).toBe(0);
});

test("commands of one connection do not mix, and what is over is not heard any more", async () => {
  const wire = new Wire();
  const [one, two] = [wire.start(), wire.start()];

  wire.say(agentFrames.stdout, two.id, text("two"));
  wire.say(agentFrames.stdout, one.id, text("one"));
  for (const { id } of [one, two]) wire.say(agentFrames.exit, id, { exit_code: 0, signal: null });
  wire.say(agentFrames.stdout, one.id, text("late"));

  expect(one.id).not.toBe(two.id);
  expect(await outputOf(one.command)).toEqual(["stdout:one"]);
  expect(await outputOf(two.command)).toEqual(["stdout:two"]);
});

test("what the agent refuses is an error with its code", async () => {
  const wire = new Wire();
  const { command, id } = wire.start();

  wire.say(agentFrames.error, id, { code: "command_not_found", message: "There is no nope." });

  const error = { name: "CommandError", code: "command_not_found", message: "There is no nope." };
  await expect(command.started).rejects.toMatchObject(error);
  await expect(command.exit).rejects.toMatchObject(error);
  await expect(outputOf(command)).rejects.toMatchObject(error);
});

test("signals and sizes are sent until the end, and not after it", () => {
  const wire = new Wire();
  const { command, id } = wire.start();

  command.signal("SIGINT");
  command.resize({ columns: 132, rows: 43 });
  wire.say(agentFrames.exit, id, { exit_code: 0, signal: null });
  command.signal("SIGINT");
  command.leave();

  expect(wire.sent.slice(1).map((frame) => [frame.kind, json(frame)])).toEqual([
    [clientFrames.signal, { signal: "SIGINT" }],
    [clientFrames.resize, { columns: 132, rows: 43 }],
  ]);
});

test("an abort lets go of the command, and says why", async () => {
  const wire = new Wire();
  const controller = new AbortController();
  const { command, id } = wire.start({ argv: ["sleep", "9"] }, controller.signal);
  wire.say(agentFrames.stdout, id, text("said before"));

  controller.abort(new Error("enough"));

  expect(wire.kinds()).toEqual([clientFrames.start, clientFrames.leave]);
  await expect(command.exit).rejects.toThrow("enough");
  await expect(command.started).rejects.toThrow("enough");
  expect(() => wire.connection.start({ argv: ["true"] }, { signal: controller.signal })).toThrow("enough");
});

test("who reads no more lets go", async () => {
  const wire = new Wire();
  const { command } = wire.start();

  await command.output.cancel(new Error("seen enough"));

  expect(wire.kinds()).toEqual([clientFrames.start, clientFrames.leave]);
  await expect(command.exit).rejects.toThrow("seen enough");
});

test("output is given back when it was read, not before, and never more than it was", async () => {
  const wire = new Wire();
  const { command, id } = wire.start();
  const piece = new Uint8Array(longestPayloadBytes);

  for (let sent = 0; sent < initialWindowBytes; sent += piece.length) wire.say(agentFrames.stdout, id, piece);
  await turn();
  expect(wire.kinds()).toEqual([clientFrames.start]);
  expect(() => wire.say(agentFrames.stderr, id, text("!"))).toThrow(FrameError);

  const reader = command.output.getReader();
  await reader.read();
  expect(wire.kinds()).toEqual([clientFrames.start]);
  await reader.read();
  expect(wire.kinds()).toEqual([clientFrames.start, clientFrames.take]);
  expect(readNumber(wire.sent.at(-1) as Frame)).toBe(initialWindowBytes / 2);
});

test("whatever an agent sends within its window is read whole, and all of it but half a window given back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: longestPayloadBytes }), { maxLength: 40 }), async (sizes) => {
      const wire = new Wire();
      const { command, id } = wire.start();
      const reading = outputOf(command);
      let [credit, seen, total] = [initialWindowBytes, 1, 0];
      for (const size of sizes) {
        for (; credit < size; await turn()) {
          for (const frame of wire.sent.slice(seen)) credit += readNumber(frame);
          seen = wire.sent.length;
        }
        credit -= size;
        total += size;
        wire.say(agentFrames.stdout, id, new Uint8Array(size).fill(65));
      }
      wire.say(agentFrames.exit, id, { exit_code: 0, signal: null });

      const said = (await reading).join("").replaceAll("stdout:", "");
      expect(said.length).toBe(total);
    }),
    { numRuns: 30 },
  );
});

test("input waits for the command to take it, in frames of their size, and ends", async () => {
  const wire = new Wire();
  const { command, id } = wire.start({ argv: ["cat"], stdin: true });
  const writer = command.stdin.getWriter();
  const given = new Uint8Array(initialWindowBytes + 10).map((_byte, index) => index % 251);
  const inputs = () => wire.sent.filter(({ kind }) => kind === clientFrames.stdin);

  const written = writer.write(given);
  await turn();
  expect(Buffer.concat(inputs().map(({ payload }) => payload)).length).toBe(initialWindowBytes);
  expect(inputs().every(({ payload }) => payload.length <= longestPayloadBytes)).toBe(true);
  wire.say(agentFrames.take, id, writeNumber(100));
  await written;
  await writer.close();

  expect(Buffer.concat(inputs().map(({ payload }) => payload)).equals(given)).toBe(true);
  expect(wire.kinds().at(-1)).toBe(clientFrames.stdinEnd);
});

test("input that waits when the command ends fails", async () => {
  const wire = new Wire();
  const { command, id } = wire.start({ argv: ["true"], stdin: true });
  const written = command.stdin.getWriter().write(new Uint8Array(initialWindowBytes + 1));
  await turn();

  wire.say(agentFrames.exit, id, { exit_code: 0, signal: null });

  await expect(written).rejects.toThrow("it reads no more");
});

test("a connection that is lost fails what is open, once, and starts nothing more", async () => {
  const wire = new Wire();
  const { command, id } = wire.start();
  wire.say(agentFrames.stdout, id, text("said before"));

  wire.connection.end(new Error("the cable"));
  wire.connection.end(new Error("again"));

  await expect(command.exit).rejects.toThrow("the cable");
  expect(await command.output.getReader().read()).toMatchObject({ done: false });
  expect(() => wire.connection.start({ argv: ["true"] })).toThrow("the cable");
  expect(await wire.connection.closed).toMatchObject({ message: "the cable" });
});

test("a connection that is disposed lets go of all and closes its channel", async () => {
  const wire = new Wire();
  const { command } = wire.start();

  wire.connection[Symbol.dispose]();

  expect([wire.kinds().at(-1), wire.isClosed]).toEqual([clientFrames.leave, true]);
  await expect(command.exit).rejects.toThrow();
});

test("more than 256 at once are refused here, and one that ends makes room", () => {
  const wire = new Wire();
  const first = wire.start();
  for (let count = 1; count < maxOpenCommands; count++) wire.start();

  expect(() => wire.start()).toThrow(expect.objectContaining({ code: "too_many" }));
  wire.say(agentFrames.exit, first.id, { exit_code: 0, signal: null });
  wire.start();
});

test("following a process asks for it from a byte on", () => {
  const wire = new Wire();

  wire.connection.attach("4b2f", 17);

  const frame = wire.sent[0] as Frame;
  expect([frame.kind, json(frame)]).toEqual([clientFrames.attach, { process_id: "4b2f", after: 17 }]);
});
