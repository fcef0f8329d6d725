import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { TestFolder } from "@hearth/base/test-folder";
import { ourNode, root } from "./paths.mjs";

/** A checkout reduced to its launchers, whose CLI tells what it was given. */
export interface Checkout extends AsyncDisposable {
  readonly root: string;
  readonly hearth: string;
  write(path: string, text: string): Promise<void>;
}

/**
 * The CLI of the checkout: says its arguments, its environment and the signals it gets, one line each; ends when told,
 * `exit <code>` or `die <signal>`, by its second argument or by SIGTERM.
 */
const main = `
const [, , ...args] = process.argv;
const say = (line: object): void => void process.stdout.write(JSON.stringify(line) + "\\n");
const signals: string[] = [];
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    signals.push(name);
    say({ signal: name });
    if (name === "SIGTERM") process.exit(7);
  });
}
const stay = setInterval(() => undefined, 60_000);
say({ args, node: process.execPath, cwd: process.cwd(), npm: Object.keys(process.env).filter((name) => name.startsWith("npm_")), fd: process.env["HEARTH_LAUNCHER_FD"] ?? null });
if (args[0] === "exit") process.exit(Number(args[1]));
if (args[0] === "die") process.kill(process.pid, args[1]);
if (args[0] === "echo") { clearInterval(stay); process.stdin.pipe(process.stdout); }
`;

/** @param installed whether `node_modules` has our Node, as after an install */
export async function makeCheckout({ installed = true }: { installed?: boolean } = {}): Promise<Checkout> {
  // Programs see the real path of what they are.
  const folder = new TestFolder();
  const directory = await realpath(folder.path);
  const checkout: Checkout = {
    root: directory,
    hearth: join(directory, "packages/cli/bin/hearth.mjs"),
    async write(path, text) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    },
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
    },
  };
  await cp(join(root, "tools/launch"), join(directory, "tools/launch"), { recursive: true });
  await cp(join(root, "packages/cli/bin"), join(directory, "packages/cli/bin"), { recursive: true });
  await cp(join(root, "start.mjs"), join(directory, "start.mjs"));
  await checkout.write("packages/cli/src/main.ts", main);
  await checkout.write("package-lock.json", "{}");
  if (installed) {
    await mkdir(join(directory, "node_modules/node/bin"), { recursive: true });
    await symlink(ourNode, join(directory, "node_modules/node/bin/node"));
  }
  return checkout;
}

export interface Running {
  readonly process: ChildProcess;
  /** The next line that the CLI says. */
  nextLine(): Promise<unknown>;
  /** Waits for its end. */
  end(): Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
}

export function run(command: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Running {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], cwd: "/", ...options });
  const closed = once(child, "close");
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => (written[stream] += text));
  }
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    process: child,
    nextLine: async () => await parseNext(lines, written),
    end: async () => {
      const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null]; // the event's arguments
      return { code, signal, ...written };
    },
  };
}

async function parseNext(
  lines: ReturnType<Interface[typeof Symbol.asyncIterator]>,
  written: { stderr: string },
): Promise<unknown> {
  const line = await lines.next();
  if (line.done === true) throw new Error(`It ended without another line: ${written.stderr}`);
  return JSON.parse(line.value);
}
