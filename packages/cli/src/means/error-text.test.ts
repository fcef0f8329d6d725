import { ApiError } from "@hearth/sdk";
import { expect, test } from "vitest";
import { describeError } from "./error-text.ts";
import { Failure, Interrupted, UsageError } from "./failure.ts";
import { createStyle } from "./style.ts";

function shown(error: unknown): string {
  const text = describeError(error, createStyle(false), "https://hearth.example");
  return text === undefined ? "a bug" : [...text.lines, `exit ${text.exitCode}`].join("\n");
}

test("a refusal shows message, detail and validations", () => {
  const error = new ApiError("validation_failed", "That cannot be created.", {
    detail: "two lines\nof detail",
    validations: [{ field: "name", detail: "taken" }],
  });

  expect(shown(error)).toBe("error: That cannot be created.\n  two lines\n  of detail\n  name: taken\nexit 1");
});

test("a lost session says how to log in again", () => {
  expect(shown(new ApiError("not_authenticated", "You are signed out."))).toBe(
    "error: You are signed out.\nLog in with: hearth login https://hearth.example\nexit 1",
  );
  expect(shown(new ApiError("wrong_credentials", "Wrong password."))).toBe("error: Wrong password.\nexit 1");
});

test("a taken name says that another one is wanted", () => {
  expect(shown(new ApiError("workspace_name_taken", "It exists."))).toBe(
    "error: It exists.\nChoose another name; list yours with: hearth list\nexit 1",
  );
  expect(shown(new ApiError("name_taken", "It exists."))).toBe("error: It exists.\nChoose another one.\nexit 1");
});

test("a server that cannot be reached is one line", () => {
  expect(shown(new ApiError("unavailable", "Hearth at x cannot be reached.", { detail: "ECONNREFUSED" }))).toBe(
    "error: Hearth at x cannot be reached.\nexit 1",
  );
});

test("a failure shows its details and those of the refusal behind it", () => {
  const cause = new ApiError("conflict", "Hidden.", { detail: "seen" });

  expect(shown(new Failure("It failed.", { details: ["why"], cause, hint: "Do this." }))).toBe(
    "error: It failed.\n  why\n  seen\nDo this.\nexit 1",
  );
});

test("wrong usage ends with 2, an interruption quietly with 130", () => {
  expect(shown(new UsageError("--x is wrong", { hint: "See: hearth --help" }))).toBe(
    "error: --x is wrong\nSee: hearth --help\nexit 2",
  );
  expect(shown(new Interrupted())).toBe("exit 130");
});

test("anything else is a bug", () => {
  expect(shown(new TypeError("x is undefined"))).toBe("a bug");
});

test("a server's words cannot reach the terminal", () => {
  expect(shown(new ApiError("conflict", "a\u001b[2Jb", { detail: "c\u0007d" }))).toBe("error: ab\n  cd\nexit 1");
});
