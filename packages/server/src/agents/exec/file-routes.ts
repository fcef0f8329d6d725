import { endpoints } from "@hearth/sdk";
import { readEvents } from "@hearth/base";
import { route, type Route } from "../../ground/http/index.ts";
import type { ReachDeps } from "../dial/reach-agent.ts";
import { agentApiOf } from "./agent-api-of.ts";
import { passOn } from "./pass-on.ts";

/** More than a workspace has room for is refused by the workspace; this bounds what one request may send. */
const most = 16 * 1024 * 1024 * 1024;

/** Files of a workspace, as its user: the agent's own answers, for whoever may log in there. */
export function fileRoutes(deps: ReachDeps): Route[] {
  const { workspaceFiles: files } = endpoints;
  return [
    passOn(deps, files.statFile),
    passOn(deps, files.listFiles),
    passOn(deps, files.makeDirectory),
    passOn(deps, files.moveFile),
    passOn(deps, files.removeFile),
    passOn(deps, files.editFile),
    passOn(deps, files.readFile),
    passOn(deps, files.writeFile, { bytes: { type: "application/octet-stream", most } }),
    passOn(deps, files.downloadTar),
    passOn(deps, files.uploadTar, { bytes: { type: "application/x-tar", most } }),
    watchRoute(deps),
  ];
}

function watchRoute(deps: ReachDeps): Route {
  const api = agentApiOf(deps);
  return route(endpoints.workspaceFiles.watchFiles)({
    access: "workspace:ssh",
    load: api.load,
    async stream({ ctx, query, loaded }, open) {
      const response = await api.ask(ctx, loaded, { method: "GET", path: "/files/watch", query });
      response.setEncoding("utf8");
      const stream = open(loaded.granted);
      try {
        // Its pings are passed on as well.
        for await (const { type, data } of readEvents(response as AsyncIterable<string>)) {
          await (type === "ping" || data === "" ? stream.ping() : stream.sendText(type, data));
        }
      } catch (error) {
        if (!stream.signal.aborted) throw error;
      }
    },
  });
}
