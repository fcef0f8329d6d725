import { spawn } from "node:child_process";

/**
 * Runs a program to its end and gives what it wrote, both streams as they came.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number, output: string }>} `code` is 127 when it could not be run at all
 */
export function collect(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    /** @type {Buffer[]} */
    const chunks = [];
    /** @param {Buffer} chunk */
    const keep = (chunk) => void chunks.push(chunk);
    for (const stream of [child.stdout, child.stderr]) stream.on("data", keep);
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code, signal) => {
      const output = Buffer.concat(chunks).toString();
      resolve({ code: code ?? 1, output: signal === null ? output : `${output}\nended by ${signal}\n` });
    });
  });
}
