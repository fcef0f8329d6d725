/** How a script's text becomes a process: given to a shell as an argument, or put in a file for an interpreter. */
export type Interpretation =
  | { readonly as: "argument"; readonly file: string; readonly args: readonly string[] }
  | { readonly as: "file"; readonly interpreter: readonly [file: string, ...args: string[]] };

/** The kernel takes no argument of 128 KiB or more (`MAX_ARG_STRLEN`). */
const longestArgumentBytes = 128 * 1024 - 1;

/** A script with a `#!` line is its interpreter's; any other one is the login shell's. Pure. */
export function interpret(text: string, shell: string): Interpretation {
  const firstLine = /^#!\s*(\S.*)/.exec(text.trimStart())?.[1]?.trim();
  if (firstLine !== undefined) {
    const [file = shell, ...args] = firstLine.split(/\s+/);
    return { as: "file", interpreter: [file, ...args] };
  }
  if (Buffer.byteLength(text) > longestArgumentBytes) return { as: "file", interpreter: [shell] };
  return { as: "argument", file: shell, args: ["-c", text] };
}
