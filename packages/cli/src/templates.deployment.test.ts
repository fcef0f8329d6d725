import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";
import { expect, test } from "vitest";
import { loggedIn, steady } from "#testing/logged-in.ts";

const manifest = `
name: anything
variables:
  - { name: motto, type: string, sensitive: false, default: none }
workspace: { engine: process }
agents:
  - name: main
`;

async function setting() {
  await using undo = new AsyncDisposableStack();
  const deployment = undo.use(await Deployment.create());
  const home = undo.use(await loggedIn(deployment.client));
  const directory = path.join(home.directory, "box");
  await mkdir(directory);
  await writeFile(path.join(directory, "hearth.yaml"), manifest);
  const kept = undo.move();
  const said = async (...words: string[]) => {
    const { status, stdout, stderr } = await home.run(words);
    return `${steady(stdout)}--- stderr, ${status}\n${steady(stderr).replaceAll(home.directory, "HOME")}`;
  };
  return { deployment, home, directory, said, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

test("a directory becomes a template, then its next version, and comes back as it was", async () => {
  await using s = await setting();
  const { said, home, directory } = s;

  expect(await said("templates", "push", "box")).toMatchInlineSnapshot(`
    "Template "box" is created, with version "VERSION".
    --- stderr, 0
    Pushing HOME/box as new template "box".
    (log of the build)
    "
  `);
  await writeFile(path.join(directory, "README.md"), "# Box\n");
  expect(await said("templates", "push", "box", "-d", directory, "--name", "v2", "-m", "second", "--no-activate"))
    .toMatchInlineSnapshot(`
    "Version "v2" of template "box" is there, and not active.
    --- stderr, 0
    Pushing HOME/box as template "box".
    (log of the build)
    "
  `);
  expect(await said("templates", "versions", "list", "box", "-c", "active,status,message")).toMatchInlineSnapshot(`
    "ACTIVE  STATUS     MESSAGE
    active  succeeded  Uploaded from the CLI
            succeeded  second
    --- stderr, 0
    "
  `);
  expect(await said("templates", "versions", "promote", "-t", "box", "--template-version", "v2"))
    .toMatchInlineSnapshot(`
    "--- stderr, 0
    Version "v2" of template "box" is active.
    "
  `);
  expect(await said("templates", "pull", "box", "copy")).toMatchInlineSnapshot(`
    "--- stderr, 0
    Version "v2" of template "box": 2 files in HOME/copy.
    "
  `);

  await expect(readFile(path.join(home.directory, "copy", "hearth.yaml"), "utf8")).resolves.toBe(manifest);
  await expect(readFile(path.join(home.directory, "copy", "README.md"), "utf8")).resolves.toBe("# Box\n");
});

test("a push says what is wrong with a template, and leaves none behind", async () => {
  await using s = await setting();
  await writeFile(path.join(s.directory, "hearth.yaml"), "name: [\n");

  const { status, stdout, stderr } = await s.home.run(["templates", "push", "box"]);

  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain("error: Failed: the import of version");
  expect(stderr).toContain("hearth.yaml");
  await expect(s.said("templates", "list")).resolves.toContain("There is no template yet.");
});

test("a tar on standard input is pushed like the directory it was made of", async () => {
  await using s = await setting();
  const { packDirectory } = await import("@hearth/provisioner/archive");

  const { status, stdout } = await s.home.run(["templates", "push", "tarred", "-d", "-"], {
    stdin: await packDirectory(s.directory),
  });

  expect({ status, stdout: steady(stdout) }).toEqual({
    status: 0,
    stdout: 'Template "tarred" is created, with version "VERSION".\n',
  });
});

test("variables that a template wants and does not get are named", async () => {
  await using s = await setting();
  const wanting = manifest.replace(", default: none", "");
  await writeFile(path.join(s.directory, "hearth.yaml"), wanting);

  const refusal = await s.said("templates", "push", "box");
  expect(refusal).toContain("motto");
  expect(refusal).toContain("--variable");
  await expect(s.said("templates", "list")).resolves.toContain("There is no template yet.");
  await expect(s.said("templates", "push", "box", "--variable", "motto=go")).resolves.toContain(
    'Template "box" is created',
  );
});

test("a template is edited, and deleted once nothing uses it", async () => {
  await using s = await setting();
  const { said, home, deployment } = s;
  await home.run(["templates", "push", "box"]);

  expect(
    await said(
      "templates",
      "edit",
      "box",
      "--display-name",
      "The box",
      "--default-ttl",
      "4h",
      "--allow-user-autostart=false",
    ),
  ).toMatchInlineSnapshot(`
    "Template "box" is changed.
    --- stderr, 0
    "
  `);
  expect(await said("templates", "edit", "box")).toMatchInlineSnapshot(`
    "--- stderr, 2
    error: Nothing to change was named
    See: hearth templates edit --help
    "
  `);
  const [template] = await deployment.client.call(endpoints.templates.listTemplates, {});
  expect(template).toMatchObject({
    display_name: "The box",
    default_ttl_ms: 14_400_000,
    allow_user_autostart: false,
    allow_user_autostop: true,
  });

  await home.run(["create", "dev"]);
  expect(await said("templates", "delete", "box")).toMatchInlineSnapshot(`
    "--- stderr, 1
    error: All workspaces must be deleted before a template can be removed.
    "
  `);
  await home.run(["delete", "dev"]);
  expect(await said("templates", "delete", "box")).toMatchInlineSnapshot(`
    "--- stderr, 0
    Template "box" is deleted.
    "
  `);
  expect(await said("templates", "delete", "box")).toMatchInlineSnapshot(`
    "--- stderr, 1
    error: There is no template "box", or you may not see it.
    List them with: hearth templates list
    "
  `);
});

test("a starter is written and can be pushed as it is", async () => {
  await using s = await setting();
  const { said } = s;

  expect(await said("templates", "init", "--id", "starter", "mine")).toMatchInlineSnapshot(`
    "--- stderr, 0
    The starter "starter" is in HOME/mine.
    Push it with: hearth templates push mine
    "
  `);
  await expect(said("templates", "init", "--id", "starter", "mine")).resolves.toContain("is not empty");
  await expect(said("templates", "init", "--id", "nope")).resolves.toContain('--id: there is no starter "nope"');
  await expect(said("templates", "push", "mine")).resolves.toContain('Template "mine" is created');
});

test.for([
  {
    words: ["templates", "push", "no such name!"],
    stderr:
      'error: "no such name!" is neither a directory nor a name for a template (letters, digits, hyphens; up to 32)\n',
    status: 2,
  },
  { words: ["templates", "push", "-d", "nowhere"], stderr: "error: There is no directory HOME/nowhere.\n", status: 1 },
  {
    words: ["templates", "push", "-d", "-"],
    stderr: "error: A template's name is needed with --directory -\n",
    status: 2,
  },
  {
    words: ["templates", "versions", "list", "nope"],
    stderr: 'error: There is no template "nope", or you may not see it.\nList them with: hearth templates list\n',
    status: 1,
  },
  {
    words: ["templates", "pull", "box", "--tar", "--zip"],
    stderr: "error: --tar and --zip exclude each other\n",
    status: 2,
  },
])("$words is refused", async ({ words, stderr, status }) => {
  await using s = await setting();

  await expect(s.said(...words)).resolves.toBe(`--- stderr, ${status}\n${stderr}`);
});
