import type { Plugin } from "esbuild";

/** ssh2 and ws try these and do without: Node's own crypto is as fast, and nothing native of theirs is shipped. */
export const withoutNatives: Plugin = {
  name: "without-optional-natives",
  setup(builder) {
    builder.onResolve({ filter: /cpu-features$|sshcrypto\.node$|^(bufferutil|utf-8-validate)$/ }, ({ path }) => ({
      path,
      namespace: "without",
    }));
    builder.onLoad({ filter: /.*/, namespace: "without" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of the bundle.`)});`,
      loader: "js",
    }));
  },
};
