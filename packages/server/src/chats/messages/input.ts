import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { ChatPart } from "../../ground/database/index.ts";

/**
 * What a client sends, as it is stored. Pure. @throws ApiError `validation_failed`: nothing is said, or a part lacks what
 * its type needs @see spec/chat.md §3.4
 */
export function readContent(content: readonly api.ChatInputPart[]): ChatPart[] {
  if (content.length === 0) throw refuse("content", "Content is required: say something.");
  return content.map((part, at) => readPart(part, `content.${at}`));
}

function readPart(part: api.ChatInputPart, field: string): ChatPart {
  switch (part.type) {
    case "text":
      if ((part.text ?? "").trim() === "") throw refuse(`${field}.text`, "A text must not be empty.");
      return { type: "text", text: part.text ?? "" };
    case "file":
      throw refuse(`${field}.file_id`, "No such file was uploaded for this chat.");
    case "file-reference": {
      const { file_name: fileName = "", start_line: start = 0, end_line: end = 0, content = "" } = part;
      if (fileName.trim() === "") throw refuse(`${field}.file_name`, "A reference needs the name of its file.");
      if (end < start) throw refuse(`${field}.end_line`, "must not be before start_line");
      return { type: "file-reference", file_name: fileName, start_line: start, end_line: end, content };
    }
  }
}

function refuse(field: string, detail: string): ApiError {
  return new ApiError("validation_failed", "Validation failed.", { validations: [{ field, detail }] });
}

/** The texts of a message, one under the other. Pure. */
export function textOf(parts: readonly ChatPart[]): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}
