import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { QueryBool } from "../query.ts";
import {
  EditFileRequest,
  EditFileResponse,
  FileEntry,
  FileList,
  MakeDirectoryRequest,
  MoveFileRequest,
  UnpackResponse,
} from "../schemas/commands.ts";

// Files of a workspace, as its user. Hearth's own; each needs `workspace:ssh`. A path is absolute, relative to the
// workspace's directory, or begins with `~`. @see docs/commands.md

const path = z.object({ path: z.string() });

/** A symlink is told of itself. */
export const statFile = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/files/stat",
  operation: "stat_file",
  summary: "What is at a path",
  query: path,
  responses: { 200: FileEntry },
});

/** By name; at most 10,000. */
export const listFiles = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/files/list",
  operation: "list_files",
  summary: "What is in a directory",
  query: path,
  responses: { 200: FileList },
});

/** One `Range: bytes=a-b` is honoured (206; 416 where nothing is). */
export const readFile = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/files/content",
  operation: "read_file",
  summary: "The bytes of a file",
  query: path,
  responses: { 200: "raw", 206: "raw" },
});

/** Whole or not at all: it is written beside and put in place at the end. */
export const writeFile = endpoint({
  method: "PUT",
  path: "/api/v2/workspaceagents/{workspaceagent}/files/content",
  operation: "write_file",
  summary: "Write a file",
  query: path.extend({ mode: z.string().optional(), make_parents: QueryBool.optional() }),
  body: "raw",
  responses: { 200: FileEntry },
});

/** With `parents` as `mkdir -p`. */
export const makeDirectory = endpoint({
  method: "POST",
  path: "/api/v2/workspaceagents/{workspaceagent}/files/directories",
  operation: "make_directory",
  summary: "Make a directory",
  body: MakeDirectoryRequest,
  responses: { 201: FileEntry },
});

/** Within one file system at once. */
export const moveFile = endpoint({
  method: "POST",
  path: "/api/v2/workspaceagents/{workspaceagent}/files/move",
  operation: "move_file",
  summary: "Move a file or a directory",
  body: MoveFileRequest,
  responses: { 200: FileEntry },
});

/** A directory that is not empty only with `recursive`. */
export const removeFile = endpoint({
  method: "DELETE",
  path: "/api/v2/workspaceagents/{workspaceagent}/files",
  operation: "remove_file",
  summary: "Remove a file or a directory",
  query: path.extend({ recursive: QueryBool.optional() }),
  responses: { 204: null },
});

/** All edits or none. */
export const editFile = endpoint({
  method: "POST",
  path: "/api/v2/workspaceagents/{workspaceagent}/files/edit",
  operation: "edit_file",
  summary: "Replace texts in a file",
  body: EditFileRequest,
  responses: { 200: EditFileResponse },
});

/** Of a directory what is in it, of a file that one. */
export const downloadTar = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/files/tar",
  operation: "download_tar",
  summary: "A directory or a file as tar",
  query: path,
  responses: { 200: "raw" },
});

/** Nothing of it gets out of the directory. */
export const uploadTar = endpoint({
  method: "PUT",
  path: "/api/v2/workspaceagents/{workspaceagent}/files/tar",
  operation: "upload_tar",
  summary: "Unpack a tar into a directory",
  query: path,
  body: "raw",
  responses: { 200: UnpackResponse },
});

/** Events `change` with `{"type":"created"|"changed"|"removed","path"}`; a ping every 15 s. */
export const watchFiles = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/files/watch",
  operation: "watch_files",
  summary: "Changes of files as server-sent events",
  query: path.extend({ recursive: QueryBool.optional() }),
  responses: { 200: "events" },
});
