import fc from "fast-check";
import { expect, test } from "vitest";
import { OutputText, type OutputPiece } from "./output-text.ts";

/** The pieces of bytes that come cut like this. */
function piecesOf(bytes: Buffer, cuts: readonly number[]): OutputPiece[] {
  const output = new OutputText();
  const pieces: (OutputPiece | undefined)[] = [];
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    pieces.push(output.push(bytes.subarray(at, at + cut)));
    at += cut;
  }
  return [...pieces, output.end()].filter((piece) => piece !== undefined);
}

const bytesOf = (piece: OutputPiece) =>
  "text" in piece ? Buffer.from(piece.text, "utf8") : Buffer.from(piece.base64, "base64");
const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 });

test("text stays text, wherever it is cut", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), cuts, (text, at) => {
      const pieces = piecesOf(Buffer.from(text), at);

      expect(pieces.every((piece) => "text" in piece)).toBe(true);
      expect(pieces.map((piece) => bytesOf(piece).toString()).join("")).toBe(Buffer.from(text).toString());
    }),
  );
});

test("whatever bytes came are told again", () => {
  const some = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.array(fc.constantFrom(0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xff), { maxLength: 60 }),
  );
  fc.assert(
    fc.property(some, cuts, (given, at) => {
      const bytes = Buffer.from(given);

      expect(Buffer.concat(piecesOf(bytes, at).map(bytesOf)).equals(bytes)).toBe(true);
    }),
  );
});

test.for<[what: string, chunks: number[][], pieces: OutputPiece[]]>([
  ["a cut character waits for its rest", [[0x61, 0xc3], [0xa9]], [{ text: "a" }, { text: "é" }]],
  ["one of four bytes too", [[0xf0], [0x9f], [0x98], [0x80]], [{ text: "😀" }]],
  ["a beginning without an end is bytes", [[0x61, 0xe2, 0x82]], [{ text: "a" }, { base64: "4oI=" }]],
  ["a byte that begins nothing waits for nothing", [[0xff]], [{ base64: "/w==" }]],
  ["a NUL is text", [[0]], [{ text: "\0" }]],
])("%s", ([, chunks, pieces]) => {
  const output = new OutputText();

  const told = chunks.map((chunk) => output.push(Uint8Array.from(chunk)));

  expect([...told, output.end()].filter((piece) => piece !== undefined)).toEqual(pieces);
});
