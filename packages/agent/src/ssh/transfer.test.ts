import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, readlink, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { missing, SshForRealClients } from "#ssh/real-clients.ts";

const size = 100_000_000;

async function makeFile(path: string): Promise<string> {
  const data = randomBytes(size);
  await writeFile(path, data);
  return createHash("sha256").update(data).digest("hex");
}

async function hashOf(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

describe("files by real clients", () => {
  describe.skipIf(missing("scp"))("scp", () => {
    test.for([
      { protocol: "the file transfer protocol", flags: [] },
      { protocol: "its own old protocol", flags: ["-O"] },
    ])("100 MB go there and come back over $protocol", { timeout: 60_000 }, async ({ flags }) => {
      await using target = await SshForRealClients.start();
      const hash = await makeFile(join(target.folder, "here"));
      const scp = (...paths: string[]): Promise<unknown> => target.run("scp", [...flags, ...target.options, ...paths]);

      await scp("here", "localhost:there");
      await scp("localhost:there", "back");

      expect(await hashOf(join(target.home, "there"))).toBe(hash);
      expect(await hashOf(join(target.folder, "back"))).toBe(hash);
    });

    test("folders keep their times and modes", async () => {
      await using target = await SshForRealClients.start();
      await mkdir(join(target.folder, "tree/inner"), { recursive: true });
      const file = join(target.folder, "tree/inner/run me");
      await writeFile(file, "#!/bin/sh\n");
      await chmod(file, 0o750);
      await utimes(file, 1_000_000_000, 1_000_000_000);

      await target.run("scp", ["-rp", ...target.options, "tree", "localhost:copy"]);

      const copy = await stat(join(target.home, "copy/inner/run me"));
      expect([copy.mode & 0o777, copy.mtimeMs, copy.size]).toEqual([0o750, 1_000_000_000_000, 10]);
    });
  });

  describe.skipIf(missing("sftp"))("sftp", () => {
    const batch = (target: SshForRealClients, lines: string[]): ReturnType<SshForRealClients["run"]> =>
      target.run("sftp", [...target.options, "-b", "-", "localhost"], { input: `${lines.join("\n")}\n` });

    test("100 MB go there and come back", async () => {
      await using target = await SshForRealClients.start();
      const hash = await makeFile(join(target.folder, "here"));

      const outcome = await batch(target, ["put here there", "get there back"]);

      expect(outcome).toMatchObject({ code: 0 });
      expect(await hashOf(join(target.home, "there"))).toBe(hash);
      expect(await hashOf(join(target.folder, "back"))).toBe(hash);
    }, 60_000);

    test("every kind of request does what it says", async () => {
      await using target = await SshForRealClients.start();
      await writeFile(join(target.folder, "here"), "some text");

      const outcome = await batch(target, [
        "pwd",
        "mkdir folder",
        "cd folder",
        "put -f here one",
        "rename one two",
        "ln -s two soft",
        "ln two hard",
        "chmod 600 two",
        "ls -1",
        "ls -l two",
        "df",
        "rm hard",
        "rm soft",
        "get two again",
        "reget two again",
        "rm two",
        "cd ..",
        "rmdir folder",
        "ls -1",
      ]);

      expect(outcome).toMatchObject({ code: 0 });
      expect(outcome.stderr.trim()).toBe('File "again" was not modified');
      expect(outcome.stdout).toContain(`Remote working directory: ${target.home}`);
      expect(outcome.stdout).toContain("hard\nsoft\ntwo\n");
      expect(outcome.stdout).toMatch(/^-rw------- .* 9 .* two$/m);
      expect(outcome.stdout).toMatch(/Size +Used +Avail/);
      expect(await readFile(join(target.folder, "again"), "utf8")).toBe("some text");
    });

    test("a plain rename does not replace a file, one in the way of POSIX does, and errors say which", async () => {
      await using target = await SshForRealClients.start();
      for (const name of ["a", "b", "c"]) await writeFile(join(target.home, name), name);

      const plain = await batch(target, ["rename -l a b"]);
      const posix = await batch(target, ["rename c b"]);
      const absent = await batch(target, ["get nowhere"]);

      expect(plain.code).toBe(1);
      expect(posix.code).toBe(0);
      expect(await readFile(join(target.home, "b"), "utf8")).toBe("c");
      expect(absent.stderr).toMatch(/nowhere.*not found|No such file/);
    });

    test("names that are not UTF-8 are names like others, and links lead where they led", async () => {
      await using target = await SshForRealClients.start();
      const odd = Buffer.concat([Buffer.from(`${target.home}/odd-`), Buffer.from([0xff, 0xfe])]);
      await writeFile(odd, "odd");
      await symlink("somewhere/else", join(target.home, "link"));
      await mkdir(join(target.folder, "got"));

      await batch(target, ["get odd-* got/"]);
      await target.run("scp", ["-r", ...target.options, "localhost:.", "all"]);

      const got = Buffer.concat([Buffer.from(`${target.folder}/got/odd-`), Buffer.from([0xff, 0xfe])]);
      expect(await readFile(got, "utf8")).toBe("odd");
      expect(await readlink(join(target.home, "link"))).toBe("somewhere/else");
    });

    test("a folder of 1000 files is listed whole", async () => {
      await using target = await SshForRealClients.start();
      const names = Array.from({ length: 1000 }, (_, index) => `file-${String(index).padStart(4, "0")}`);
      await Promise.all(names.map((name) => writeFile(join(target.home, name), "")));

      const outcome = await batch(target, ["ls -1"]);

      expect(outcome.stdout.split("\n").filter((line) => line.startsWith("file-"))).toEqual(names);
    });
  });

  test.skipIf(missing("rsync", "ssh"))(
    "rsync brings 100 MB and, the second time, only what changed",
    async () => {
      await using target = await SshForRealClients.start();
      const hash = await makeFile(join(target.folder, "here"));
      const rsync = (): ReturnType<SshForRealClients["run"]> =>
        target.run("rsync", ["-t", "--stats", "-e", target.command, "here", "localhost:there"]);

      const first = await rsync();
      const second = await rsync();

      expect(first).toMatchObject({ code: 0 });
      expect(await hashOf(join(target.home, "there"))).toBe(hash);
      expect(second.stdout).toContain("Number of regular files transferred: 0");
    },
    60_000,
  );

  test.skipIf(missing("git", "ssh"))(
    "git pushes and clones",
    async () => {
      await using target = await SshForRealClients.start();
      const env = {
        GIT_SSH_COMMAND: target.command,
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@b",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a@b",
      };
      const git = async (...args: string[]): Promise<string> => {
        const outcome = await target.run("git", args, { env });
        expect(outcome, args.join(" ")).toMatchObject({ code: 0 });
        return outcome.stdout.trim();
      };
      await git("init", "-q", "-b", "main", "work");
      await writeFile(join(target.folder, "work/blob"), randomBytes(5_000_000));
      await git("-C", "work", "add", "blob");
      await git("-C", "work", "commit", "-q", "-m", "first");
      await git("init", "-q", "--bare", join(target.home, "origin.git"));

      await git("-C", "work", "push", "-q", `localhost:origin.git`, "main");
      await git("clone", "-q", "-b", "main", "localhost:origin.git", "clone");

      expect(await git("-C", "clone", "rev-parse", "HEAD")).toBe(await git("-C", "work", "rev-parse", "HEAD"));
      expect(await hashOf(join(target.folder, "clone/blob"))).toBe(await hashOf(join(target.folder, "work/blob")));
    },
    30_000,
  );
});
