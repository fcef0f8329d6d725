import { describe, expect, test } from "vitest";
import { HearthError, isRetryable } from "./errors.ts";

class DiskFullError extends HearthError {
  override readonly name = "DiskFullError";
}

describe("HearthError", () => {
  test("keeps its message, cause and name", () => {
    const cause = new Error("ENOSPC");

    const error = new DiskFullError("The disk is full.", { cause });

    expect(error).toBeInstanceOf(HearthError);
    expect(error).toMatchObject({ name: "DiskFullError", message: "The disk is full.", cause, shouldRetry: false });
  });

  test("has no cause at all when nothing led to it", () => {
    expect("cause" in new HearthError("Alone.", { cause: undefined })).toBe(false);
  });
});

test.for([
  { name: "an error that says yes", error: new HearthError("", { cause: undefined, shouldRetry: true }), want: true },
  { name: "an error that says no", error: new HearthError("", { cause: undefined }), want: false },
  { name: "an error of another make that says no", error: { shouldRetry: false }, want: false },
  { name: "an error that does not say", error: new Error("?"), want: true },
  { name: "something thrown that is no error", error: "oops", want: true },
  { name: "nothing", error: null, want: true },
])("$name is worth another try: $want", ({ error, want }) => {
  expect(isRetryable(error)).toBe(want);
});
