import { ApiError } from "@hearth/sdk";
import { expect, test } from "vitest";
import { errorWords, remainingWords } from "./error-words.ts";

test("a refusal is told in the server's words, as a sentence", () => {
  const error = new ApiError("precondition_failed", "the template is deprecated", { detail: "use the other one" });

  expect(errorWords(error)).toEqual({
    title: "The template is deprecated.",
    advice: "Use the other one.",
    id: undefined,
    fields: {},
  });
});

test("a code says what to do", () => {
  expect(errorWords(new ApiError("forbidden", "No.")).advice).toBe(
    "Ask an owner of this deployment for the right to do it.",
  );
});

test("a fault of the server has an id to quote", () => {
  const id = "11111111-1111-4111-8111-111111111111";
  const error = new ApiError("internal", "Internal error.", { detail: `Quote ${id}.` });

  expect(errorWords(error)).toMatchObject({ title: "Internal error.", id, advice: undefined });
});

test("a fault of the page itself can be quoted, too", () => {
  expect(errorWords(new TypeError("x is undefined")).id).toBe("TypeError: x is undefined");
});

test("validations are found by field", () => {
  const error = new ApiError("validation_failed", "Check the fields.", {
    validations: [{ field: "name", detail: "taken" }],
  });

  expect(errorWords(error).fields).toEqual({ name: "Taken." });
});

test.for([
  ["nothing is left when the form shows every field", ["name", "ttl_ms"], undefined],
  ["fields that the form lacks are told above it", ["name"], "Check the fields. ttl_ms: Too long."],
] as const)("%s", ([, shown, words]) => {
  const error = new ApiError("validation_failed", "Check the fields.", {
    validations: [
      { field: "name", detail: "taken" },
      { field: "ttl_ms", detail: "too long" },
    ],
  });

  expect(remainingWords(error, shown)).toBe(words);
});
