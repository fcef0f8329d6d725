import * as http from "node:http";
import { onAbort } from "@hearth/base";
import { sessionTokenHeader } from "@hearth/wire";
import type { OpenStream } from "#reinit/listen-for-claim.ts";
import type { Credentials } from "#session/connect.ts";

/** Asks the server over HTTP with the agent's token; the answer's body is read as it comes, until the signal aborts. */
export function createOpenStream({ serverUrl, token }: Credentials): OpenStream {
  return async (path, { signal }) => {
    signal.throwIfAborted();
    const url = new URL(serverUrl);
    const { request } = url.protocol === "https:" ? await import("node:https") : http; // TLS takes long to load
    const target = new URL(url.pathname.replace(/\/+$/, "") + path, url);
    return await new Promise((resolve, reject) => {
      const asked = request(target, { headers: { [sessionTokenHeader]: token } });
      // Not by the request's own `signal`: that ends the socket with an error, and one whose answer ends in the same
      // moment is on its way back to the pool, where nobody listens for errors: the process would end.
      const aborting = onAbort(signal, () => {
        reject(signal.reason);
        asked.destroy();
      });
      asked.once("close", () => aborting[Symbol.dispose]());
      asked.on("error", reject);
      asked.once("response", (response) => {
        response.on("error", () => undefined); // whoever reads the body is told
        resolve({ status: response.statusCode ?? 0, body: response });
      });
      asked.end();
    });
  };
}
