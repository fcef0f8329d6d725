import type { Duplex } from "node:stream";
import { agentFrames, clientFrames, type Frame, FrameError, FrameReader } from "@hearth/sdk/commands";
import type { ApiUpgrades } from "#api/http-api.ts";
import { Conversation, type ConversationHost } from "#commands/conversation.ts";
import { Outlet } from "#commands/outlet.ts";

type CommandServices = Omit<ConversationHost, "outlet">;

const mostConversations = 256;

/** What makes a request to port 4 a commands connection. */
export function commandsUpgrade(services: CommandServices): ApiUpgrades {
  const serve = (stream: Duplex, head: Buffer): void => serveCommands(stream, head, services);
  return { "/api/v1/commands": { protocol: "hearth-commands", serve } };
}

/**
 * Serves the commands protocol on a byte stream until it ends; the stream is ours from now on. `head` is what has been
 * read of it already.
 *
 * A frame that breaks the protocol cuts the connection. Its end, either way, lets go of every command of it.
 * @see docs/commands.md
 */
export function serveCommands(stream: Duplex, head: Buffer, services: CommandServices): void {
  const { log } = services;
  const outlet = new Outlet(stream);
  const host = { ...services, outlet };
  const reader = new FrameReader();
  const open = new Map<number, Conversation>();

  const leaveAll = (): void => {
    for (const conversation of open.values()) conversation.leave();
  };
  const receive = (chunk: Buffer): void => {
    try {
      for (const frame of reader.feed(chunk)) take(frame);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      log.warn({ err: error }, "a commands connection is cut: its client does not keep to the protocol");
      stream.destroy();
    }
  };
  stream.on("data", receive);
  stream.on("end", () => {
    leaveAll();
    stream.end();
  });
  stream.on("error", () => undefined); // `close` follows
  stream.once("close", leaveAll);
  if (head.length > 0) receive(head);

  function take(frame: Frame): void {
    const conversation = open.get(frame.command);
    if (frame.kind !== clientFrames.start && frame.kind !== clientFrames.attach) {
      conversation?.receive(frame); // one that has ended meanwhile may still be spoken to
      return;
    }
    if (conversation) throw new FrameError(`Command ${frame.command} is open already.`);
    if (open.size >= mostConversations) {
      const message = `${mostConversations} commands are open on this connection: end some first, or open another.`;
      return outlet.send(agentFrames.error, frame.command, { code: "too_many", message });
    }
    const begun = new Conversation(frame.command, host, () => open.delete(frame.command));
    open.set(frame.command, begun);
    if (frame.kind === clientFrames.start) void begun.start(frame.payload);
    else void begun.attach(frame.payload);
  }
}
