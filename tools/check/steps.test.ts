import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { TestFolder } from "@hearth/base/test-folder";
import { root } from "../launch/paths.mjs";
import { listSteps } from "./steps.ts";

const options = { noEmit: true, strict: true, target: "esnext", module: "nodenext", types: [] };

test("types that were looked at are not taken for right: what is wrong stays so, what changes is looked at again", async () => {
  await using folder = new TestFolder();
  await mkdir(folder.join("node_modules"));
  await symlink(join(root, "node_modules/typescript"), folder.join("node_modules/typescript"));
  await symlink(join(root, "node_modules/@typescript"), folder.join("node_modules/@typescript"));
  await writeFile(folder.join("package.json"), `{ "type": "module" }`);
  const configure = async (changed: object) =>
    await writeFile(folder.join("tsconfig.json"), JSON.stringify({ compilerOptions: { ...options, ...changed } }));
  const [file = "", ...args] = listSteps(folder.path)[0]?.command ?? [];
  const isRight = async (): Promise<boolean> =>
    await promisify(execFile)(file, args, { cwd: folder.path }).then(
      () => true,
      (error: { code?: unknown; stdout?: string }) => {
        if (error.code !== 1 && error.code !== 2) throw error;
        expect(error.stdout).toContain("error TS");
        return false;
      },
    );
  await configure({});
  await writeFile(folder.join("a.ts"), "export const a: string = 1;");
  await writeFile(folder.join("b.ts"), `import { a } from "./a.js"; export const b: string = a;`);

  const first = [await isRight(), await isRight()];
  await writeFile(folder.join("a.ts"), `export const a = "1";`);
  const mended = [await isRight(), await isRight()];
  // The file that is wrong now has not changed.
  await writeFile(folder.join("a.ts"), "export const a = 1;");
  const broken = [await isRight(), await isRight()];
  await writeFile(folder.join("a.ts"), "export let a: string; export const c = (d) => d;");
  await configure({ strict: false });
  const loose = await isRight();
  await configure({ strict: true });
  const strict = await isRight();

  expect({ first, mended, broken, loose, strict }).toEqual({
    first: [false, false],
    mended: [true, true],
    broken: [false, false],
    loose: true,
    strict: false,
  });
});
