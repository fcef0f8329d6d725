import { chmod, mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCheckout, run, type Checkout, type Running } from "./fixtures.ts";
import { ourNode } from "./paths.mjs";

let checkout: Checkout;
beforeEach(async () => {
  checkout = await makeCheckout({ installed: false });
  // npm installs this "node" as it would the real one, from a directory, so no registry is asked.
  await checkout.write("our-node/package.json", JSON.stringify({ name: "node", version: "24.0.0", bin: "bin/node" }));
  await mkdir(join(checkout.root, "our-node/bin"), { recursive: true });
  await symlink(ourNode, join(checkout.root, "our-node/bin/node"));
  await dependOn({ node: "file:our-node" });
});
afterEach(async () => {
  await checkout[Symbol.asyncDispose]();
});

async function dependOn(dependencies: Record<string, string>): Promise<void> {
  const manifest = { name: "checkout", version: "1.0.0", dependencies };
  await checkout.write("package.json", JSON.stringify(manifest));
  const packages = {
    "": manifest,
    "our-node": { name: "node", version: "24.0.0", bin: { node: "bin/node" } },
    "node_modules/node": { resolved: "our-node", link: true },
  };
  await checkout.write(
    "package-lock.json",
    JSON.stringify({ name: "checkout", version: "1.0.0", lockfileVersion: 3, requires: true, packages }),
  );
}

/** Nobody listens there, so npm's real words for an unreachable registry are heard. */
const nowhere = {
  npm_config_registry: "http://127.0.0.1:9/",
  npm_config_fetch_retries: "0",
  npm_config_update_notifier: "false",
};

function start(...args: string[]): Running {
  const env: NodeJS.ProcessEnv = { ...process.env, ...nowhere, npm_config_cache: join(checkout.root, "npm-cache") };
  delete env["npm_execpath"]; // what runs the tests is not what runs this
  return run([process.execPath, join(checkout.root, "start.mjs"), ...args], { env });
}

async function hear(running: Running): Promise<unknown> {
  const line = await running.nextLine();
  running.process.kill("SIGTERM");
  await running.end();
  return line;
}

describe("npm start", () => {
  test("installs, then runs the server on our Node without npm's settings, with the arguments that were given", async () => {
    const line = await hear(start("--http-address", ":0"));

    expect(line).toEqual({
      args: ["server", "--log-in", "--http-address", ":0"],
      node: await realpath(ourNode),
      cwd: "/",
      npm: [],
      fd: null,
    });
  });

  test("installs again only when the lock file changed", async () => {
    await hear(start());
    const stamp = join(checkout.root, "node_modules/.hearth-installed");
    const installed = await readFile(stamp, "utf8");

    await hear(start());
    expect(await readFile(stamp, "utf8")).toBe(installed);
    await dependOn({ node: "file:./our-node" });
    await hear(start());

    expect(await readFile(stamp, "utf8")).not.toBe(installed);
  });

  test("says in one line that the registry cannot be reached", async () => {
    await dependOn({ node: "file:our-node", "left-pad": "1.3.0" });

    const result = await start().end();

    expect(result).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^(Installing packages.*\n)*The packages could not be downloaded: npm's registry cannot be reached\. .*run this again\.\n$/,
      ),
    });
  });

  test("tries again after an install that failed", async () => {
    await dependOn({ node: "file:our-node", "left-pad": "1.3.0" });
    await start().end();

    await dependOn({ node: "file:our-node" });

    expect(await hear(start())).toMatchObject({ args: ["server", "--log-in"] });
  });

  test("passes the server's exit code on", async () => {
    await checkout.write("packages/cli/src/main.ts", "process.exit(5);");

    expect(await start().end()).toMatchObject({ code: 5 });
  });
});

describe("building", () => {
  /** A recipe that counts how often it was followed. */
  const recipe = `
    import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
    appendFileSync("../../built", "x");
    mkdirSync("dist", { recursive: true });
    writeFileSync("dist/agent.mjs", "");`;

  async function timesBuilt(): Promise<number> {
    return (await readFile(join(checkout.root, "built"), "utf8")).length;
  }

  test("happens when something is missing or its sources changed, tests aside", async () => {
    await checkout.write("packages/agent/build.ts", recipe);
    await checkout.write("packages/wire/src/frame.ts", "1");

    await hear(start());
    await hear(start());
    expect(await timesBuilt()).toBe(1);
    await checkout.write("packages/wire/src/frame.test.ts", "2");
    await hear(start());
    expect(await timesBuilt()).toBe(1);
    await checkout.write("packages/wire/src/frame.ts", "2");
    await hear(start());

    expect(await timesBuilt()).toBe(2);
  });

  test("whose stamp cannot be written is no failure: the next start builds again", async () => {
    await checkout.write("packages/agent/build.ts", recipe);
    await checkout.write("node_modules/.cache/hearth", "in the way of a directory");

    expect(await hear(start())).toMatchObject({ args: ["server", "--log-in"] });
    expect(await hear(start())).toMatchObject({ args: ["server", "--log-in"] });

    expect(await timesBuilt()).toBe(2);
  });

  test("that fails shows what was said, and the server is not run", async () => {
    await checkout.write("packages/agent/build.ts", `console.error("no such module"); process.exit(3);`);

    const result = await start().end();

    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("Building the agent failed:\nno such module\n");
  });
});

test("an old Node gets as far as the message", async () => {
  const pretend = join(checkout.root, "pretend.mjs");
  await writeFile(pretend, `Object.defineProperty(process.versions, "node", { value: "18.20.0" });`);
  await chmod(pretend, 0o644);

  const result = await run([process.execPath, `--import=${pretend}`, join(checkout.root, "start.mjs")]).end();

  expect(result).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("needs Node.js 20 or newer") });
});
