import fc from "fast-check";
import { expect, test } from "vitest";
import { ChatMessagePart } from "@hearth/sdk";
import { ChatPart } from "../../ground/database/index.ts";
import { readContent, textOf } from "./input.ts";
import { storable } from "./storable.ts";
import { toApiPart } from "./wire.ts";

const id = "0ec640ac-d4d7-40e3-8d93-a3dcc1235730";

test("every kind of part has the wire's zero values, and nothing of the server's own", () => {
  const parts: ChatPart[] = [
    { type: "text", text: "a", provider_metadata: { openai: { id: "x" } } },
    { type: "reasoning", text: "b", created_at: "2026-01-01T00:00:00Z" },
    { type: "tool-call", tool_call_id: "1", tool_name: "t", args: { a: [1] }, parsed_commands: [["ls"]] },
    { type: "tool-result", tool_call_id: "1", tool_name: "t", result: null, is_error: false },
    { type: "source", url: "https://example.com", title: "t" },
    { type: "file", media_type: "image/png", file_id: id, data: "AAAA" },
    { type: "file", media_type: "image/png", data: "AAAA" },
    { type: "file-reference", file_name: "f", start_line: 1, end_line: 2, content: "c" },
    { type: "context-file", context_file_path: "/a", context_file_content: "c", context_file_os: "linux" },
    { type: "skill", skill_name: "s", skill_dir: "/s", context_file_skill_meta_file: "SKILL.md" },
  ];

  const shown = parts.map(toApiPart);

  for (const part of shown) {
    expect(ChatMessagePart.parse(JSON.parse(JSON.stringify(part)))).toBeTruthy();
    expect(part).toMatchObject({ type: part.type });
    expect(Object.keys(part)).toEqual(
      expect.arrayContaining(
        "type text mcp_server_config_id url media_type file_id file_name start_line end_line content context_file_path context_file_agent_id skill_name".split(
          " ",
        ),
      ),
    );
  }
  const text = JSON.stringify(shown);
  for (const internal of ["provider_metadata", "context_file_content", "context_file_os", "skill_dir", "meta_file"]) {
    expect(text).not.toContain(internal);
  }
  expect(shown[3]).not.toHaveProperty("is_error");
  expect(shown[3]).toHaveProperty("result", null);
  expect(shown[5]).not.toHaveProperty("data");
  expect(shown[6]).toHaveProperty("data", "AAAA");
});

test("what a client sends is stored as its kind", () => {
  const content = readContent([
    { type: "text", text: " a " },
    { type: "file-reference", file_name: "a.ts", start_line: 1, end_line: 3, content: "x" },
  ]);
  expect(content).toEqual([
    { type: "text", text: " a " },
    { type: "file-reference", file_name: "a.ts", start_line: 1, end_line: 3, content: "x" },
  ]);
  expect(content.every((part) => ChatPart.safeParse(part).success)).toBe(true);
  expect(textOf(content)).toBe(" a ");
});

test("what is stored holds no text that the database refuses, and is otherwise the same", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const isFine = !text.includes("\\u0000") && text.isWellFormed() && !/\\ud[89a-f]/i.test(text);
      if (isFine) expect(storable(value)).toEqual(value);
    }),
  );
  expect(storable({ "a\0": ["\0b", "\ud800c", { d: "\0" }] })).toEqual({
    "a\uFFFD": ["\uFFFDb", "\uFFFDc", { d: "\uFFFD" }],
  });
});
