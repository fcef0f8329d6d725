import fc from "fast-check";
import { expect, test } from "vitest";
import { QuestionFinder, type OutputPart } from "#terminal/questions.ts";
import { answersTo } from "#terminal/stand-in.ts";

const questions = [
  "\x1b[c", "\x1b[0c", "\x1b[>c", "\x1b[=0c", "\x1b[5n", "\x1b[6n", "\x1b[?6n", "\x1b[?996n", "\x1b[?2026$p", "\x1b[4$p",
  "\x1b[>q", "\x1b[>0q", "\x1b[x", "\x1b[14t", "\x1b[18t", "\x1b[21t", "\x1b[?u", "\x1b[?4m", "\x1b[1$w", "\x1bZ", "\x05",
  "\x1b]10;?\x07", "\x1b]11;?\x1b\\", "\x1b]4;1;?\x07", "\x1b]10;?;?\x07", "\x1b]52;c;?\x07", "\x1b]21;foreground=?\x1b\\",
  "\x1bP$qm\x1b\\", "\x1bP+q544e\x1b\\", "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\", "\u009bc", "\u009d11;?\u009c",
]; // prettier-ignore

const others = [
  "plain", "é€😀©", "\r\n", "\x1b[0m", "\x1b[1;31m", "\x1b[2J", "\x1b[H", "\x1b[?1004h", "\x1b[?2004l", "\x1b[22;0t", "\x1b[8;24;80t",
  "\x1b[>4;2m", "\x1b[>1u", "\x1b[<u", "\x1b[=5;1u", "\x1b[!p", "\x1b[ q", "\x1b[2 q", "\x1b[>4n", "\x1b(B", "\x1b=", "\x1b7", "\x1bc",
  "\x1b]0;what is this?\x07", "\x1b]8;;http://x/?a=?\x1b\\", "\x1b]10;#ffffff\x07", "\x1b]52;c;aGk=\x07", "\x1b]7;file:///?\x07",
  "\x1bP1$r0m\x1b\\", "\x1bPq#0;2;0;0;0\x1b\\", "\x1b_Gf=24,a=T;AAAA\x1b\\", "\u0085", "\x1b[3\x18", "\x1b]broken\x1b[K", "\x1b[4\u009b1m",
]; // prettier-ignore

/** What was found, with pieces of the same kind joined. */
function find(bytes: Buffer, cuts: readonly number[]): { rest: string; asked: string; all: string } {
  const finder = new QuestionFinder();
  const parts: OutputPart[] = [];
  let left = bytes;
  for (const cut of [...cuts, bytes.length]) {
    parts.push(...finder.push(left.subarray(0, cut)));
    left = left.subarray(cut);
  }
  const textOf = (some: typeof parts) => Buffer.concat(some.map((part) => part.bytes)).toString();
  return {
    all: textOf(parts),
    asked: textOf(parts.filter(({ isQuestion }) => isQuestion)),
    rest: textOf(parts.filter(({ isQuestion }) => !isQuestion)),
  };
}

test.for(questions.map((text) => [JSON.stringify(text), text] as const))("%s is a question", ([, text]) => {
  expect(find(Buffer.from(`a${text}b`), [])).toMatchObject({ asked: text, rest: "ab" });
});

test.for(others.map((text) => [JSON.stringify(text), text] as const))("%s is none", ([, text]) => {
  expect(find(Buffer.from(`a${text}b`), [])).toMatchObject({ asked: "", rest: `a${text}b` });
});

test("the same is found wherever the output is cut, and nothing of it is lost", () => {
  const piece = fc.oneof(fc.constantFrom(...questions), fc.constantFrom(...others));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat({ max: 5 }), { maxLength: 80 }), (pieces, cuts) => {
      const { all, asked, rest } = find(Buffer.from(pieces.join("") + "."), cuts);

      expect(all).toBe(pieces.join("") + ".");
      expect(asked).toBe(pieces.filter((text) => questions.includes(text)).join(""));
      expect(rest).toBe(pieces.filter((text) => !questions.includes(text)).join("") + ".");
    }),
    { numRuns: 500 },
  );
});

test("any bytes come out as they went in, but for a sequence that has only begun", () => {
  const byte = fc.oneof(
    fc.constantFrom(0x1b, 0x5b, 0x5d, 0x50, 0x3f, 0x6e, 0xc2, 0x9b, 0x07, 0x5c),
    fc.nat({ max: 255 }),
  );
  fc.assert(
    fc.property(fc.array(byte), fc.array(fc.nat({ max: 9 })), (bytes, cuts) => {
      const input = Buffer.from(bytes);
      const finder = new QuestionFinder();
      const out: Buffer[] = [];
      let left = input;
      for (const cut of [...cuts, input.length]) {
        out.push(...finder.push(left.subarray(0, cut)).map((part) => part.bytes));
        left = left.subarray(cut);
      }
      const passed = Buffer.concat(out);

      expect(input.subarray(0, passed.length).equals(passed)).toBe(true);
      if (passed.length < input.length) expect([0x1b, 0xc2]).toContain(input[passed.length]);
    }),
  );
});

test("a picture of megabytes is passed on as it comes", () => {
  const finder = new QuestionFinder();
  const picture = Buffer.from(`\x1bPq${"#0!10~".repeat(200_000)}\x1b\\`);
  let longestHeld = 0;
  let passed = 0;
  for (let at = 0; at < picture.length; at += 1000) {
    for (const { bytes } of finder.push(picture.subarray(at, at + 1000))) passed += bytes.length;
    longestHeld = Math.max(longestHeld, Math.min(at + 1000, picture.length) - passed);
  }

  expect(passed).toBe(picture.length);
  expect(longestHeld).toBeLessThanOrEqual(4096);
});

test("while nobody looks, the terminal that the next client will see answers", async () => {
  const shown = Buffer.from("\x1bc$ vim\r\nab");

  const answers = await answersTo(Buffer.from("c\x1b[6n\x1b[c\x1b]11;?\x07\x1b[?1004h"), shown, {
    rows: 24,
    columns: 80,
  });

  expect(answers).toBe("\x1b[2;4R\x1b[?1;2c\x1b]11;rgb:0000/0000/0000\x1b\\");
});
