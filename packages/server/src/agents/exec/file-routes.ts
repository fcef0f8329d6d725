import { EditFileResponse, endpoints, FileEntry, FileList, UnpackResponse } from "@hearth/sdk";
import { readEvents } from "@hearth/base";
import { route, type Route } from "../../ground/http/index.ts";
import type { ReachDeps } from "../dial/reach-agent.ts";
import { agentApiOf } from "./agent-api-of.ts";

/** More than a workspace has room for is refused by the workspace; this bounds what one request may send. */
const maxUploadBytes = 16 * 1024 * 1024 * 1024;
const octets = "application/octet-stream";
const tar = "application/x-tar";

/** Files of a workspace, as its user: the agent's own answers, for whoever may log in there. Bytes go through as they come. */
export function fileRoutes(deps: ReachDeps): Route[] {
  return [...lookingRoutes(deps), ...changingRoutes(deps), ...bytesRoutes(deps)];
}

function lookingRoutes(deps: ReachDeps): Route[] {
  const api = agentApiOf(deps);
  const { load } = api;
  return [
    route(endpoints.workspaceFiles.statFile)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, query, loaded }) {
        const body = await api.askJson(ctx, loaded, FileEntry, { method: "GET", path: "/files/stat", query });
        return { status: 200, granted: loaded.granted, body };
      },
    }),
    route(endpoints.workspaceFiles.listFiles)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, query, loaded }) {
        const body = await api.askJson(ctx, loaded, FileList, { method: "GET", path: "/files/list", query });
        return { status: 200, granted: loaded.granted, body };
      },
    }),
    route(endpoints.workspaceFiles.watchFiles)({
      access: "workspace:ssh",
      load,
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
    }),
  ];
}

function changingRoutes(deps: ReachDeps): Route[] {
  const api = agentApiOf(deps);
  const { load } = api;
  return [
    route(endpoints.workspaceFiles.makeDirectory)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, loaded, body: json }) {
        const question = { method: "POST", path: "/files/directories", body: { json } } as const;
        return { status: 201, granted: loaded.granted, body: await api.askJson(ctx, loaded, FileEntry, question) };
      },
    }),
    route(endpoints.workspaceFiles.moveFile)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, loaded, body: json }) {
        const question = { method: "POST", path: "/files/move", body: { json } } as const;
        return { status: 200, granted: loaded.granted, body: await api.askJson(ctx, loaded, FileEntry, question) };
      },
    }),
    route(endpoints.workspaceFiles.removeFile)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, query, loaded }) {
        await api.askNothing(ctx, loaded, { method: "DELETE", path: "/files", query });
        return { status: 204, granted: loaded.granted, body: undefined };
      },
    }),
    route(endpoints.workspaceFiles.editFile)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, loaded, body: json }) {
        const question = { method: "POST", path: "/files/edit", body: { json } } as const;
        const body = await api.askJson(ctx, loaded, EditFileResponse, question);
        return { status: 200, granted: loaded.granted, body };
      },
    }),
  ];
}

function bytesRoutes(deps: ReachDeps): Route[] {
  const api = agentApiOf(deps);
  const { load } = api;
  return [
    route(endpoints.workspaceFiles.readFile)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, query, loaded, hold, request }) {
        await hold(loaded.granted);
        const { range } = request.headers;
        const headers = range === undefined ? {} : { range };
        const answer = await api.askBytes(ctx, loaded, { method: "GET", path: "/files/content", query, headers });
        return { ...answer, status: answer.status === 206 ? 206 : 200, granted: loaded.granted };
      },
    }),
    route(endpoints.workspaceFiles.writeFile)({
      access: "workspace:ssh",
      maxBodyBytes: maxUploadBytes,
      bodyTypes: [octets],
      load,
      async handle({ ctx, query, loaded, body: bytes, hold, request }) {
        await hold(loaded.granted);
        const headers = { "content-type": octets, ...lengthOf(request.headers) };
        const question = { method: "PUT", path: "/files/content", query, headers, body: { bytes } } as const;
        return { status: 200, granted: loaded.granted, body: await api.askJson(ctx, loaded, FileEntry, question) };
      },
    }),
    route(endpoints.workspaceFiles.downloadTar)({
      access: "workspace:ssh",
      load,
      async handle({ ctx, query, loaded, hold }) {
        await hold(loaded.granted);
        const answer = await api.askBytes(ctx, loaded, { method: "GET", path: "/files/tar", query });
        return { ...answer, status: 200, granted: loaded.granted };
      },
    }),
    route(endpoints.workspaceFiles.uploadTar)({
      access: "workspace:ssh",
      maxBodyBytes: maxUploadBytes,
      bodyTypes: [tar],
      load,
      async handle({ ctx, query, loaded, body: bytes, hold, request }) {
        await hold(loaded.granted);
        const headers = { "content-type": tar, ...lengthOf(request.headers) };
        const question = { method: "PUT", path: "/files/tar", query, headers, body: { bytes } } as const;
        const body = await api.askJson(ctx, loaded, UnpackResponse, question);
        return { status: 200, granted: loaded.granted, body };
      },
    }),
  ];
}

/** How long a body will be, where its sender has said it. */
function lengthOf(headers: { readonly "content-length"?: string | undefined }): { "content-length"?: string } {
  const length = headers["content-length"];
  return length === undefined ? {} : { "content-length": length };
}
