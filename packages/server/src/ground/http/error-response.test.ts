import pg from "pg";
import { expect, test } from "vitest";
import { ApiError } from "@hearth/sdk";
import { toErrorBody } from "./error-response.ts";

function sqlError(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError("it failed", 0, "error");
  error.code = code;
  return error;
}

function callError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

test.for([
  ["a refusal", new ApiError("not_found", "x"), [404, "not_found", false]],
  ["a bug", new TypeError("x is not a function"), [500, "internal", true]],
  ["a fault of a statement", sqlError("42703"), [500, "internal", true]],
  ["a file that is missing", callError("ENOENT", "open"), [500, "internal", true]],
  ["no room in the database", sqlError("53100"), [507, "insufficient_storage", true]],
  ["a database that repairs itself", sqlError("57P03"), [503, "unavailable", true]],
  ["a database that was killed", sqlError("57P02"), [503, "unavailable", true]],
  ["a database that is not there", callError("ENOENT", "connect"), [503, "unavailable", true]],
  ["a database that does not listen", callError("ECONNREFUSED", "connect"), [503, "unavailable", true]],
  ["a connection that broke", callError("ECONNRESET", "read"), [503, "unavailable", true]],
  ["the same, as pg says it", new Error("Connection terminated unexpectedly"), [503, "unavailable", true]],
  ["no connection in time", new Error("timeout exceeded when trying to connect"), [503, "unavailable", true]],
] as const)("%s", ([, error, expected]) => {
  const { status, body, isBug } = toErrorBody(error, "id");

  expect([status, body.code, isBug]).toEqual(expected);
});
