import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { isReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { ReflectMessage } from "@bufbuild/protobuf/reflect";

/**
 * The paths of the fields that a message carries, sorted, with `[]` for entries of lists and maps taken together:
 * `["apps[].healthcheck.url", "directory"]`. What two peers can be compared by when their values differ.
 */
export function setFields(schema: DescMessage, message: Message): string[] {
  const paths = new Set<string>();
  collect(reflect(schema, message), "", paths);
  return [...paths].toSorted();
}

function collect(message: ReflectMessage, prefix: string, paths: Set<string>): void {
  for (const field of message.fields) {
    if (message.isSet(field)) collectField(message, field, prefix, paths);
  }
}

function collectField(message: ReflectMessage, field: DescField, prefix: string, paths: Set<string>): void {
  const path = `${prefix}${field.name}`;
  if (field.fieldKind === "message") {
    collectMessage(message.get(field), path, paths);
  } else if (field.fieldKind === "list" && field.listKind === "message") {
    for (const entry of message.get(field)) collectEntry(entry, path, paths);
  } else if (field.fieldKind === "map" && field.mapKind === "message") {
    for (const entry of message.get(field).values()) collectEntry(entry, path, paths);
  } else {
    paths.add(field.fieldKind === "list" || field.fieldKind === "map" ? `${path}[]` : path);
  }
}

function collectEntry(entry: unknown, path: string, paths: Set<string>): void {
  if (isReflectMessage(entry)) collectMessage(entry, `${path}[]`, paths);
}

/** Times, spans and messages without a field count as values. */
function collectMessage(message: ReflectMessage, path: string, paths: Set<string>): void {
  const isValue = message.desc.typeName.startsWith("google.protobuf.");
  if (isValue || !message.fields.some((field) => message.isSet(field))) paths.add(path);
  else collect(message, `${path}.`, paths);
}
