#!/usr/bin/env node
// `hearth` of a checkout, whatever Node calls it and from wherever: the bundle, in that very Node. The programs, and all
// commands while their sources are newer than the bundle, run on the Node that Hearth brings. Plain JavaScript, because a
// shell or OpenSSH may well call it with an older one, which cannot strip types.
import { createRequire } from "node:module";
import { bundle, isBundleCurrent } from "../../../tools/launch/bundle.mjs";

/** Other processes than this one's business: they need what only a checkout has. */
const programs = ["server", "agent"];

if (!programs.includes(firstWord(process.argv.slice(2))) && isBundleCurrent()) {
  createRequire(import.meta.url)(bundle);
} else {
  await import("../../../tools/launch/run-sources.mjs");
}

/**
 * The command's own name, behind the options that stand before it.
 * @param {string[]} words
 */
function firstWord(words) {
  const takesValue = ["--url", "--token", "--global-config"];
  const index = words.findIndex((word, at) => !word.startsWith("-") && !takesValue.includes(words[at - 1] ?? ""));
  return words[index] ?? "";
}
