import { randomInt } from "node:crypto";

const adjectives = [
  "amber",
  "brisk",
  "calm",
  "clear",
  "deep",
  "eager",
  "fair",
  "glad",
  "keen",
  "light",
  "mild",
  "neat",
  "quick",
  "quiet",
  "ready",
  "sharp",
  "steady",
  "sunny",
  "swift",
  "warm",
];
const nouns = [
  "anvil",
  "beacon",
  "brook",
  "cedar",
  "coal",
  "ember",
  "flint",
  "forge",
  "grove",
  "harbor",
  "kiln",
  "lantern",
  "meadow",
  "oak",
  "pine",
  "ridge",
  "spark",
  "stone",
  "torch",
  "willow",
];

/** A name for what nobody named: `quick_ember42`. */
export function randomName(): string {
  return `${adjectives[randomInt(adjectives.length)]}_${nouns[randomInt(nouns.length)]}${randomInt(100)}`;
}
