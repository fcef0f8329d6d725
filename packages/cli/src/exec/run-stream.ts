import { once } from "node:events";
import type { Writable } from "node:stream";
import { readEvents, Scope, type StreamEvent } from "@hearth/base";
import {
  ApiError,
  endpoints,
  errorCodes,
  type Client,
  type ErrorCode,
  type RunRequest,
  type Workspace,
} from "@hearth/sdk";
import { CommandError, commandErrorCodes } from "@hearth/sdk/commands";
import { exitOf } from "#exec/run-command.ts";
import { Failure } from "#means/failure.ts";
import type { Out } from "#means/out.ts";
import type { Terminal } from "#means/terminal.ts";
import { safeText } from "#output/safe-text.ts";

/**
 * The events of one run. As long as this is open the workspace is held; disposing it lets go, and whatever happens to us
 * the server takes away what is to be taken away.
 */
export class RunStream implements AsyncDisposable {
  readonly #events: AsyncGenerator<StreamEvent, void, undefined>;
  readonly #scope: Scope;

  private constructor(events: AsyncGenerator<StreamEvent, void, undefined>, scope: Scope) {
    this.#events = events;
    this.#scope = scope;
  }

  /** Begins it. @throws ApiError what the server refuses */
  static async open(client: Client, body: RunRequest, signal: AbortSignal): Promise<RunStream> {
    const scope = new Scope(signal);
    const response = await client.request(endpoints.commands.run, { body, signal: scope.signal });
    const bytes = response.body as ReadableStream<Uint8Array<ArrayBuffer>>; // a success of this endpoint is a stream
    return new RunStream(readEvents(bytes.pipeThrough(new TextDecoderStream())), scope);
  }

  /** Waits until the workspace can be used, and shows its build where it has one. @throws ApiError, Failure */
  async ready(out: Out): Promise<{ agentId: string; workspace: Workspace }> {
    let workspace: Workspace | undefined;
    for await (const [type, data] of this.#told(out)) {
      if (type === "workspace") workspace = data as unknown as Workspace;
      if (type === "ready" && workspace !== undefined) return { agentId: String(data["agent_id"]), workspace };
    }
    throw new Failure("The server ended the run before its workspace was ready.");
  }

  /** Shows what the command says, and gives its exit status. @throws ApiError, Failure */
  async showCommand(terminal: Terminal, onWorkspace: (workspace: Workspace) => void, out: Out): Promise<number> {
    try {
      return await this.#show(terminal, onWorkspace, out);
    } catch (error) {
      return exitOf(error, terminal.stderr);
    }
  }

  async #show({ stdout, stderr }: Terminal, onWorkspace: (workspace: Workspace) => void, out: Out): Promise<number> {
    for await (const [type, data] of this.#told(out)) {
      if (type === "workspace") onWorkspace(data as unknown as Workspace);
      else if (type === "stdout" || type === "stderr") await write(type === "stdout" ? stdout : stderr, bytesOf(data));
      else if (type === "exit") return Number(data["exit_code"]);
    }
    throw new Failure("The server ended the run before its command had ended.");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#scope.end();
    await this.#events.return().catch(() => undefined); // cut off by ourselves
  }

  /** Events but for those of a build, which are shown. */
  async *#told(out: Out): AsyncGenerator<readonly [type: string, data: Record<string, unknown>], void, undefined> {
    // What is iterated here goes on after whoever listens has heard enough.
    for (;;) {
      const next = await this.#events.next();
      if (next.done === true) return;
      const { type, data: text } = next.value;
      if (text === "") continue; // a ping
      const data = JSON.parse(text) as Record<string, unknown>;
      if (type === "log") out.note(`    ${safeText(String(data["output"]))}`);
      else if (type === "error") throw toError(data);
      else yield [type, data];
    }
  }
}

function toError({ code, message }: Record<string, unknown>): Error {
  const [word, text] = [String(code), String(message)];
  // A word that both know is the command's here: a refusal of the request comes before the stream.
  const isCommands = (commandErrorCodes as readonly string[]).includes(word) || !(word in errorCodes);
  return isCommands ? new CommandError(word, text) : new ApiError(word as ErrorCode, text);
}

function bytesOf(data: Record<string, unknown>): Uint8Array {
  const { text, base64 } = data as { text?: string; base64?: string };
  return base64 === undefined ? Buffer.from(text ?? "") : Buffer.from(base64, "base64");
}

async function write(stream: Writable, bytes: Uint8Array): Promise<void> {
  if (!stream.write(bytes)) await once(stream, "drain");
}
