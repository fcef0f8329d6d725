import { randomBytes } from "node:crypto";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** A name for a workspace that nobody owns yet: `prebuild-` and 15 characters of base32, 72 bits. */
export function prebuildName(random: (size: number) => Uint8Array = randomBytes): string {
  let name = "prebuild-";
  let bits = 0;
  let count = 0;
  for (const byte of random(9)) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 5; count -= 5) name += alphabet[(bits >> (count - 5)) & 31];
    bits &= (1 << count) - 1;
  }
  // 72 bits are 14 characters and two bits.
  return name + alphabet[(bits << (5 - count)) & 31];
}
