import { randomBytes } from "node:crypto";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** A name for a workspace that nobody owns yet: `prebuild-` and 15 characters of base32, 72 bits. */
export function prebuildName(random: (size: number) => Uint8Array = randomBytes): string {
  const bits = [...random(9)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return `prebuild-${groups.map((group) => alphabet[Number.parseInt(group.padEnd(5, "0"), 2)]).join("")}`;
}
