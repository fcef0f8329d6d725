import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TerminalClientStream, TerminalProtocolError } from "#terminal/client-stream.ts";
import { withUtf8Locale } from "#terminal/locale.ts";
import { RingBuffer } from "#terminal/ring-buffer.ts";

function header(fields: object): Buffer {
  const json = Buffer.from(JSON.stringify(fields));
  const length = Buffer.alloc(2);
  length.writeUInt16LE(json.length);
  return Buffer.concat([length, json]);
}

/** Everything that comes of the bytes, given in pieces of these sizes. */
function feed(bytes: Buffer, cuts: readonly number[]) {
  const stream = new TerminalClientStream();
  const said = { header: undefined as unknown, messages: [] as unknown[] };
  let rest = bytes;
  for (const cut of [...cuts, bytes.length]) {
    const { header: came, messages } = stream.feed(rest.subarray(0, cut));
    if (came) said.header = came;
    said.messages.push(...messages);
    rest = rest.subarray(cut);
  }
  return said;
}

describe("what a terminal's client sends", () => {
  test("the same comes out wherever the stream was cut [agents 104]", () => {
    const message = fc.record({
      data: fc.string({ unit: "grapheme" }),
      height: fc.integer({ min: 1, max: 500 }),
      width: fc.integer({ min: 1, max: 500 }),
    });
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat({ max: 9 }), { maxLength: 60 }), (messages, cuts) => {
        const parts = messages.map((one) => Buffer.from(JSON.stringify(one)));
        const bytes = Buffer.concat([header({ ID: "A", Height: 24, Width: 80, Command: "" }), ...parts]);

        const said = feed(bytes, cuts);

        expect(said.header).toEqual({ id: "a", rows: 24, columns: 80, command: "", container: "" });
        expect(said.messages).toEqual(
          messages.map(({ data, height, width }) => ({ data, rows: height, columns: width })),
        );
      }),
    );
  });

  test("keys are matched without regard to case, what is missing has a default", () => {
    expect(feed(header({ id: "x", COMMAND: "top" }), []).header).toEqual({
      id: "x",
      rows: 80,
      columns: 80,
      command: "top",
      container: "",
    });
  });

  test("braces inside of strings are text", () => {
    const bytes = Buffer.from('{"data":"}{\\"}"} \n {"height":1,"width":2}');

    expect(feed(Buffer.concat([header({ id: "x" }), bytes]), []).messages).toEqual([
      { data: '}{"}', rows: undefined, columns: undefined },
      { data: undefined, rows: 1, columns: 2 },
    ]);
  });

  test.for([
    ["a header that is no JSON", Buffer.from([2, 0, 0x7b, 0x7b])],
    ["a header that is no object", Buffer.from([1, 0, 0x31])],
    ["a header without an id", header({ height: 1 })],
    ["a header above the limit", Buffer.from([0xff, 0xff])],
    ["a message that is no JSON", Buffer.concat([header({ id: "x" }), Buffer.from("{]}")])],
    ["a brace too many", Buffer.concat([header({ id: "x" }), Buffer.from("}")])],
    ["a message above the limit", Buffer.concat([header({ id: "x" }), Buffer.alloc(5_000_000, "{")])],
  ] as const)("%s is refused", ([, bytes]) => {
    expect(() => feed(bytes, [])).toThrow(TerminalProtocolError);
  });

  test("any bytes give messages or a refusal, never a crash", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          feed(Buffer.concat([header({ id: "x" }), bytes]), []);
        } catch (error) {
          expect(error).toBeInstanceOf(TerminalProtocolError);
        }
      }),
    );
  });
});

test("a ring keeps the last bytes, from the beginning of a character", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", "ä", "€", "😀") })),
      fc.integer({ min: 4, max: 40 }),
      (texts, capacity) => {
        const ring = new RingBuffer(capacity);
        for (const text of texts) ring.push(Buffer.from(text));
        const all = texts.join("");

        const kept = ring.contents().toString("utf8");

        expect(all.endsWith(kept)).toBe(true);
        expect(kept).not.toContain("\ufffd");
        if (Buffer.byteLength(all) <= capacity) expect(kept).toBe(all);
        else expect(Buffer.byteLength(kept)).toBeGreaterThan(capacity - 4);
      },
    ),
  );
});

test.for([
  [{}, { LC_CTYPE: "C.UTF-8" }],
  [{ LANG: "de_DE.UTF-8" }, { LANG: "de_DE.UTF-8" }],
  [{ LANG: "C.utf8" }, { LANG: "C.utf8" }],
  [{ LANG: "C" }, { LANG: "C", LC_CTYPE: "C.UTF-8" }],
  [
    { LANG: "C.UTF-8", LC_CTYPE: "POSIX" },
    { LANG: "C.UTF-8", LC_CTYPE: "C.UTF-8" },
  ],
  [{ LC_ALL: "C" }, { LC_ALL: "C.UTF-8" }],
] as const)("the locale of %j becomes that of %j", ([env, expected]) => {
  expect(withUtf8Locale(env)).toEqual(expected);
});
