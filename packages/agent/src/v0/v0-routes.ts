import { realpath } from "node:fs/promises";
import type { Clock } from "@hearth/base";
import { badRequest, type Fields, flagField, isFields, readFields, textField } from "#api/fields.ts";
import type { Ask, Route } from "#api/route.ts";
import type { Commands } from "#commands/commands.ts";
import { sendContent } from "#files/content.ts";
import { copyTo } from "#files/copy-to.ts";
import { listEntries } from "#files/entry.ts";
import { withPath } from "#files/file-refusal.ts";
import { replaceFile } from "#files/write-file.ts";
import { absoluteField } from "#v0/absolute-path.ts";
import { editFiles, readFileEdits } from "#v0/edit-files.ts";
import { readLines } from "#v0/read-lines.ts";
import { ShellProcesses } from "#v0/shell-processes.ts";

const signals: Readonly<Record<string, NodeJS.Signals>> = { kill: "SIGKILL", terminate: "SIGTERM" };
const usualLines = 2000;

/** Files and processes as the reference's agent offers them, to programs that were made for it. @see agents §17.2 */
export function v0Routes({ commands, clock }: { commands: Commands; clock: Clock }): Route[] {
  const processes = new ShellProcesses(commands);
  const asked = ({ url }: Ask): string => absoluteField(url.searchParams.get("path"));
  return [
    {
      at: "POST /api/v0/list-directory",
      handle: async ({ request }) => {
        const path = absoluteField((await readFields(request)).path);
        const { entries, truncated } = await withPath(path, () => listEntries(path));
        const contents = entries.map((entry) => ({
          name: entry.name,
          absolute_path_string: entry.path,
          is_dir: entry.type === "directory",
        }));
        return { status: 200, body: { absolute_path_string: path, contents, truncated } };
      },
    },
    {
      at: "GET /api/v0/resolve-path",
      handle: async (ask) => {
        const path = asked(ask);
        return { status: 200, body: { resolved_path: await withPath(path, () => realpath(path)) } };
      },
    },
    {
      at: "GET /api/v0/read-file",
      isLong: true,
      handle: async (ask) => {
        const path = asked(ask);
        const offset = number(ask, "offset", 0, 0);
        const limit = number(ask, "limit", 0, 0);
        const range =
          offset === 0 && limit === 0 ? undefined : `bytes=${offset}-${limit === 0 ? "" : offset + limit - 1}`;
        const answer = await withPath(path, () => sendContent(path, range));
        return { ...answer, status: 200 };
      },
    },
    {
      at: "GET /api/v0/read-file-lines",
      handle: async (ask) => {
        const options = { offset: number(ask, "offset", 1, 1), limit: number(ask, "limit", usualLines, 1) };
        return { status: 200, body: await readLines(asked(ask), options) };
      },
    },
    {
      at: "POST /api/v0/write-file",
      isLong: true,
      handle: async (ask) => {
        const path = asked(ask);
        await withPath(path, () => replaceFile(path, (file) => copyTo(file, ask.request), { makeParents: true }));
        return { status: 200, body: { message: `Wrote ${path}.` } };
      },
    },
    {
      at: "POST /api/v0/edit-files",
      handle: async ({ request }) => ({
        status: 200,
        body: { files: await editFiles(readFileEdits(await readFields(request, mostEditBytes))) },
      }),
    },
    {
      at: "POST /api/v0/processes/start",
      handle: async ({ request, signal }) => {
        const fields = await readFields(request);
        const id = await processes.start(
          {
            command: textField(fields, "command"),
            workdir: fields.workdir === undefined || fields.workdir === "" ? undefined : textField(fields, "workdir"),
            env: readEnv(fields),
            background: flagField(fields, "background"),
          },
          { signal },
        );
        return { status: 200, body: { id, started: true } };
      },
    },
    { at: "GET /api/v0/processes/list", handle: async () => ({ status: 200, body: { processes: processes.list() } }) },
    {
      at: "GET /api/v0/processes/{id}/output",
      isLong: true,
      handle: async ({ url, param, signal }) => {
        const waits = url.searchParams.get("wait") === "true";
        return { status: 200, body: await processes.output(param("id"), { waits, clock, signal }) };
      },
    },
    {
      at: "POST /api/v0/processes/{id}/signal",
      handle: async ({ request, param }) => {
        const { signal: name } = await readFields(request);
        const signal = typeof name === "string" && Object.hasOwn(signals, name) ? signals[name] : undefined;
        if (!signal) throw badRequest('signal must be "terminate" or "kill"');
        processes.signal(param("id"), signal);
        return { status: 200, body: { message: `signal ${JSON.stringify(name)} sent to process ${param("id")}` } };
      },
    },
  ];
}

const mostEditBytes = 20 * 1024 * 1024;

function number({ url }: Ask, name: string, usual: number, least: number): number {
  const value = url.searchParams.get(name);
  if (value === null || value === "") return usual;
  if (/^\d{1,15}$/.test(value) && Number(value) >= least) return Number(value);
  throw badRequest(`${name} is a whole number from ${least} on`);
}

function readEnv({ env = {} }: Fields): Record<string, string> {
  if (!isFields(env)) throw badRequest("env gives values to names");
  return Object.fromEntries(Object.keys(env).map((name) => [name, textOrEmpty(env, name)]));
}

function textOrEmpty(fields: Fields, name: string): string {
  return fields[name] === "" ? "" : textField(fields, name);
}
