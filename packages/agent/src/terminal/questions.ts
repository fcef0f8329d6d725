/** A piece of a terminal's output, whole sequences only. */
export interface OutputPart {
  readonly bytes: Buffer;
  /** The terminal answers this as if somebody typed; it shows nothing and changes nothing. */
  readonly isQuestion: boolean;
}

/** A sequence that does not end by then is passed on as it comes: pictures are long, and no question is. */
const longestBytes = 4096;

/**
 * Tells what a program prints from what it asks its terminal, however the stream is cut: device attributes, reports of
 * status, cursor, modes, settings, colours, sizes and version. All parts together are the output, byte for byte; a
 * sequence that has only begun is held until it has ended, which nobody sees, as it shows nothing before.
 * @see ECMA-48 §5, xterm's ctlseqs, kitty's keyboard protocol
 */
export class QuestionFinder {
  #held: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): OutputPart[] {
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    const parts: OutputPart[] = [];
    let start = 0;
    const pass = (end: number): void => {
      if (end > start) parts.push({ bytes: data.subarray(start, end), isQuestion: false });
      start = end;
    };
    for (let at = 0; at < data.length; at++) {
      const sequence = readSequence(data, at);
      if (sequence === undefined) continue;
      if (sequence === "unfinished") {
        if (data.length - at > longestBytes) continue;
        pass(at);
        this.#held = Buffer.from(data.subarray(at)); // a copy: the chunk's memory is not ours to keep
        return parts;
      }
      if (sequence.isQuestion) {
        pass(at);
        parts.push({ bytes: data.subarray(at, sequence.end), isQuestion: true });
        start = sequence.end;
      }
      at = sequence.end - 1;
    }
    pass(data.length);
    return parts;
  }
}

const [escape, bell, enquiry, cancel, substitute, firstOfC1] = [0x1b, 0x07, 0x05, 0x18, 0x1a, 0xc2];

interface Sequence {
  /** The place after its last byte. */
  readonly end: number;
  readonly isQuestion: boolean;
}

/** The sequence that begins here; undefined where none does. */
function readSequence(data: Buffer, at: number): Sequence | "unfinished" | undefined {
  const first = data[at];
  if (first === enquiry) return { end: at + 1, isQuestion: true };
  if (first !== escape && first !== firstOfC1) return undefined;
  const second = data[at + 1];
  if (second === undefined) return "unfinished";
  // The same in one character, U+0080 to U+009F: two bytes of UTF-8.
  switch (first === escape ? second : second - 0x40) {
    case 0x5b: // [
      return readControl(data, at + 2);
    case 0x50: // P
    case 0x5d: // ]
    case 0x5f: // _
      return readText(data, at + 2, String.fromCharCode(first === escape ? second : second - 0x40));
    case 0x5a: // Z: DECID
      return { end: at + 2, isQuestion: true };
    default:
      return first === escape ? { end: at + 1, isQuestion: false } : undefined;
  }
}

/** CSI: parameters, intermediates, and a letter that says what. */
function readControl(data: Buffer, from: number): Sequence | "unfinished" {
  let text = "";
  for (let at = from; at < data.length; at++) {
    const byte = data[at] ?? 0;
    if (byte === escape || byte === cancel || byte === substitute || byte >= 0x80)
      return { end: at, isQuestion: false };
    if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    if (byte >= 0x40 && byte < 0x7f)
      return { end: at + 1, isQuestion: controlQuestions.some((question) => question.test(text)) };
  }
  return "unfinished";
}

/** Everything after CSI that is answered: private mark, parameters, intermediates, letter. */
const controlQuestions: readonly RegExp[] = [
  /^[>=]?[\d;]*c$/, // device attributes: DA1, DA2, DA3
  /^\??[\d;]*n$/, // DSR: status, cursor, and DEC's
  /^\??[\d;]*\$p$/, // DECRQM
  /^>[\d;]*q$/, // XTVERSION
  /^[01]?x$/, // DECREQTPARM
  /^(?:1[134568]|19|2[01])(?:;[\d;]*)?t$/, // sizes, places and titles of the window
  /^\?u$/, // kitty's keyboard
  /^\?[\d;]*m$/, // XTQMODKEYS
  /^\?\d+;[14](?:;[\d;]*)?S$/, // XTSMGRAPHICS, when it reads
  /^[\d;]*\*y$/, // DECRQCRA
  /^[\d;]*(?:\$[uw]|&u)$/, // DECRQTSR, DECRQPSR, DECRQUPSS
  /^[\d;]*#[|R]$/, // XTREPORTSGR, XTREPORTCOLORS
];

/** DCS, OSC or APC: a text up to its terminator. */
function readText(data: Buffer, from: number, kind: string): Sequence | "unfinished" {
  for (let at = from; at < data.length; at++) {
    const byte = data[at];
    const text = (): string => data.toString("latin1", from, at);
    if (byte === bell && kind === "]") return { end: at + 1, isQuestion: isTextQuestion(kind, text()) };
    if (byte === firstOfC1 && data[at + 1] === 0x9c) return { end: at + 2, isQuestion: isTextQuestion(kind, text()) };
    if (byte === cancel || byte === substitute) return { end: at + 1, isQuestion: false };
    if (byte !== escape) continue;
    const next = data[at + 1];
    if (next === undefined) return "unfinished";
    // Any other escape breaks the text off, and begins something of its own.
    return next === 0x5c ? { end: at + 2, isQuestion: isTextQuestion(kind, text()) } : { end: at, isQuestion: false };
  }
  return "unfinished";
}

/** Of OSC: colours (4, 5, 10 to 19, 21), pointer (22), font (50), clipboard (52), features (60, 61), and others that ask by "?". */
const textQuestions = /^(?:[3-6]|1\d|2[12]|50|52|60|61|99|702);(?:.*[;=])?\?/s;

function isTextQuestion(kind: string, text: string): boolean {
  if (kind === "P") return /^(?:\$q|\+q)/.test(text); // DECRQSS, XTGETTCAP
  if (kind === "_") return /^G(?:[^;]*,)?a=q/.test(text); // kitty's pictures: what may be sent
  return textQuestions.test(text) || text.startsWith("1337;Report");
}
