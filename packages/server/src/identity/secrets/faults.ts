/** Of one value. @see spec/api.md §5, "Users" */
export const mostValueBytes = 24 * 1024;
/** Of one user. */
export const mostSecrets = 50;
/** Of one user's values together. */
export const mostBytesInAll = 200 * 1024;

const longestName = 255;
const longestEnvName = 255;
const longestPath = 4096;
const longestDescription = 1024;

/** What is wrong with the name of a secret, which is also a part of its address; undefined when nothing is. */
export function faultOfSecretName(name: string): string | undefined {
  if (name === "") return "Name is required.";
  if (name.length > longestName) return `must be at most ${longestName} characters, not ${name.length}`;
  if (name !== name.trim()) return "must not begin or end with a blank";
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[/\\\u0000-\u001f\u007f]/.test(name)) return "must not have slashes or control characters";
  return name === "." || name === ".." ? `"${name}" is no name` : undefined;
}

/** What is wrong with a value. Neither a variable nor the file of one can be given what has a NUL in the middle. */
export function faultOfValue(value: string): string | undefined {
  if (value === "") return "Value is required.";
  const bytes = Buffer.byteLength(value);
  if (bytes > mostValueBytes) return `must be at most ${mostValueBytes} bytes, not ${bytes}`;
  return value.includes("\0") ? "must not have a NUL character" : undefined;
}

/** What is wrong with the variable's name; the empty text is none. What Hearth itself says to a workspace is not for secrets. */
export function faultOfEnvName(name: string): string | undefined {
  if (name === "") return undefined;
  if (name.length > longestEnvName) return `must be at most ${longestEnvName} characters, not ${name.length}`;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return `"${name}" must be letters, digits and underscores, and not begin with a digit`;
  }
  return /^(CODER|HEARTH)(_|$)/.test(name)
    ? `"${name}" is kept for what workspaces are told of themselves: choose one without CODER or HEARTH before it`
    : undefined;
}

/** What is wrong with the file's path; the empty text is none. */
export function faultOfFilePath(path: string): string | undefined {
  if (path === "") return undefined;
  if (path.length > longestPath) return `must be at most ${longestPath} characters, not ${path.length}`;
  if (!path.startsWith("/") && !path.startsWith("~/")) return `"${path}" must begin with / or ~/`;
  return path.endsWith("/") ? `"${path}" must name a file` : undefined;
}

export function faultOfDescription(description: string): string | undefined {
  return description.length > longestDescription
    ? `must be at most ${longestDescription} characters, not ${description.length}`
    : undefined;
}

/** What a user keeps. */
export interface Kept {
  readonly count: number;
  readonly bytes: number;
}

/** What is wrong with keeping so much; the field that it is told at. */
export function faultOfAll({ count, bytes }: Kept): readonly [field: "name" | "value", fault: string] | undefined {
  if (count > mostSecrets) return ["name", `a user has at most ${mostSecrets} secrets: delete one first`];
  if (bytes > mostBytesInAll) {
    return [
      "value",
      `a user's secrets have at most ${mostBytesInAll} bytes together, and with this one they have ${bytes}`,
    ];
  }
  return undefined;
}
