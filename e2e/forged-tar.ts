/** An entry as its header spells it, whatever that is. */
export interface ForgedEntry {
  readonly name: string;
  readonly text?: string;
  readonly symbolicLinkTo?: string;
  readonly hardLinkTo?: string;
}

const blockBytes = 512;

/** A tar that no honest program writes: paths and links are not looked at. @see POSIX.1-1988, ustar */
export function forgedTar(...entries: readonly ForgedEntry[]): Uint8Array {
  const blocks = entries.flatMap((entry) => {
    const text = Buffer.from(entry.text ?? "");
    const padded = Buffer.alloc(Math.ceil(text.length / blockBytes) * blockBytes);
    text.copy(padded);
    return [headerOf(entry, text.length), padded];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

function headerOf({ name, symbolicLinkTo, hardLinkTo }: ForgedEntry, sizeBytes: number): Buffer {
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write(`${sizeBytes.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write(symbolicLinkTo === undefined ? (hardLinkTo === undefined ? "0" : "1") : "2", 156);
  header.write(symbolicLinkTo ?? hardLinkTo ?? "", 157);
  header.write("ustar\x0000", 257);
  // The sum counts its own eight bytes as blanks.
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
