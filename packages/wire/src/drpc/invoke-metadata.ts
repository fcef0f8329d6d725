import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** Field 2 of the metadata message: an entry; in it 1 is the key, 2 the value. */
const entryField = 2;
const keyField = 1;
const valueField = 2;

/** The string pairs that came before an invoke. What cannot be parsed is left out, and never fails a call. */
export function decodeMetadata(data: Uint8Array): Map<string, string> {
  const pairs = new Map<string, string>();
  try {
    const reader = new BinaryReader(data);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (field !== entryField || type !== WireType.LengthDelimited) reader.skip(type, field);
      else readEntry(reader.bytes(), pairs);
    }
  } catch {
    // Cut short or malformed: what was read before stands.
  }
  return pairs;
}

export function encodeMetadata(pairs: Iterable<[string, string]>): Uint8Array {
  const writer = new BinaryWriter();
  for (const [key, value] of pairs) {
    writer.tag(entryField, WireType.LengthDelimited).fork();
    writer.tag(keyField, WireType.LengthDelimited).string(key);
    writer.tag(valueField, WireType.LengthDelimited).string(value);
    writer.join();
  }
  return writer.finish();
}

function readEntry(data: Uint8Array, pairs: Map<string, string>): void {
  const entry = { key: "", value: "" };
  const reader = new BinaryReader(data);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const isText = type === WireType.LengthDelimited;
    if (isText && field === keyField) entry.key = reader.string();
    else if (isText && field === valueField) entry.value = reader.string();
    else reader.skip(type, field);
  }
  pairs.set(entry.key, entry.value);
}
