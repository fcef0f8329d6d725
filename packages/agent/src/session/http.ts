import * as http from "node:http";
import { sessionTokenHeader } from "@hearth/wire";
import type { OpenStream } from "#reinit/listen-for-claim.ts";
import type { Credentials } from "#session/connect.ts";

/** Asks the server over HTTP with the agent's token; the answer's body is read as it comes. */
export function createOpenStream({ serverUrl, token }: Credentials): OpenStream {
  return async (path, { signal }) => {
    const url = new URL(serverUrl);
    const { request } = url.protocol === "https:" ? await import("node:https") : http; // TLS takes long to load
    const target = new URL(url.pathname.replace(/\/+$/, "") + path, url);
    return await new Promise((resolve, reject) => {
      const asked = request(target, { signal, headers: { [sessionTokenHeader]: token } });
      asked.once("error", reject);
      asked.once("response", (response) => {
        response.on("error", () => undefined); // whoever reads the body is told
        resolve({ status: response.statusCode ?? 0, body: response });
      });
      asked.end();
    });
  };
}
