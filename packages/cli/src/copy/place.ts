/** One end of a copy: in a workspace, or here. */
export interface Place {
  /** `dev`, `ada/dev`, `dev.agent`; undefined: here. */
  readonly workspace: string | undefined;
  /** Of a workspace "" is its directory; here "-" is a standard stream. */
  readonly path: string;
}

/** Reads `workspace:path`. What has a slash or a dot in front, or is a drive's letter, is a path here. */
export function parsePlace(text: string): Place {
  const colon = text.indexOf(":");
  const before = text.slice(0, Math.max(colon, 0));
  const isHere = colon <= 0 || /^[./~\\]/.test(text) || /^[A-Za-z]$/.test(before);
  return isHere ? { workspace: undefined, path: text } : { workspace: before, path: text.slice(colon + 1) };
}
