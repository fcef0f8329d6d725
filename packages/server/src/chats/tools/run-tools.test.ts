import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { capResult } from "./cap-result.ts";
import { runCall } from "./run-tools.ts";
import { defineTool, schemaOf, ToolError, type ToolRun } from "./tool.ts";

const tools = [
  defineTool({
    name: "add",
    description: "Adds.",
    args: z.object({ a: z.number().describe("the first"), b: z.number().default(0) }),
    run: ({ a, b }) =>
      a < 0 ? Promise.reject(new ToolError("negative", "No negative numbers.")) : Promise.resolve({ sum: a + b }),
  }),
  defineTool({
    name: "broken",
    description: "Fails.",
    args: z.object({}),
    run: () => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.7:5432")),
  }),
];

async function call(tool_name: string, args: unknown, maxBytes = 1_000) {
  const faults: unknown[] = [];
  const part = await runCall(
    tools,
    { tool_call_id: "1", tool_name, args },
    {} as Omit<ToolRun, "toolCallId">, // these look at nothing of it
    { maxBytes, onFault: (error) => faults.push(error) },
  );
  return { part, faults };
}

test.for<[what: string, name: string, args: unknown, result: unknown, isError: boolean]>([
  ["a call", "add", { a: 1, b: 2, more: "x" }, { sum: 3 }, false],
  ["a default", "add", { a: 1 }, { sum: 1 }, false],
  ["[chat 143] an unknown tool", "subtract", {}, { error: '[unknown_tool] There is no tool "subtract".' }, true],
  ["a refusal", "add", { a: -1 }, { error: "[negative] No negative numbers." }, true],
  [
    "[chat 142] a fault, of which the model learns no address",
    "broken",
    {},
    { error: '[internal] The tool "broken" failed.' },
    true,
  ],
])("%s has a result", async ([, name, args, result, isError]) => {
  const { part, faults } = await call(name, args);
  expect(part).toEqual({
    type: "tool-result",
    tool_call_id: "1",
    tool_name: name,
    result,
    ...(isError ? { is_error: true } : {}),
  });
  expect(faults).toHaveLength(name === "broken" ? 1 : 0);
});

test("bad arguments name their field", async () => {
  const { part } = await call("add", { a: "one" });
  expect(part).toMatchObject({ is_error: true, result: { error: expect.stringContaining('[bad_arguments] "a"') } });
});

test("a tool's schema is that of an object, with a description for each field", () => {
  expect(schemaOf(tools[0] ?? never())).toMatchObject({
    type: "object",
    properties: { a: { type: "number", description: "the first" }, b: { type: "number" } },
    required: ["a"],
  });
});

function never(): never {
  throw new Error("there is a tool");
}

test("a result is no larger than it may be, and JSON still", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: "grapheme", minLength: 0, maxLength: 3_000 }), (value, text) => {
      const capped = capResult({ value, text }, 800);
      expect(Buffer.byteLength(JSON.stringify(capped))).toBeLessThanOrEqual(800);
    }),
  );
  const long = capResult("x".repeat(1_000), 500);
  expect(long).toMatchObject({ truncated: true, omitted_bytes: 802 });
  expect(capResult({ a: 1 }, 500)).toEqual({ a: 1 });
});
