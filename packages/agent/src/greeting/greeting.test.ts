import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { create, type MessageInitShape } from "@hearth/wire";
import { GetAnnouncementBannersResponseSchema, ManifestSchema } from "@hearth/wire/agent-proto";
import { expect, test } from "vitest";
import { createGreeting, type GreetingOptions } from "#greeting/greeting.ts";
import { Scratch } from "#testing/scratch.ts";
import { Workspace } from "#workspace/workspace.ts";

type Banners = MessageInitShape<typeof GetAnnouncementBannersResponseSchema>;

function greet(scratch: Scratch, { banners, motdPath = "" }: { banners?: () => Promise<Banners>; motdPath?: string }) {
  const clock = new FakeClock();
  const home = scratch.folder;
  const host = {
    processEnv: {},
    home,
    userName: "dev",
    shell: "/bin/sh",
    serverUrl: "",
    token: "",
    binDirectory: "/bin",
  };
  const workspace = new Workspace(host, { log: silentLogger });
  workspace.use(create(ManifestSchema, { motdPath }));
  const client: ReturnType<GreetingOptions["client"]> = banners && {
    getAnnouncementBanners: async () => create(GetAnnouncementBannersResponseSchema, await banners()),
  };
  const greeting = createGreeting({ workspace, client: () => client, home, clock, log: silentLogger });
  return { clock, greeting };
}

const announcementBanners = [
  { enabled: true, message: " Maintenance at noon.\n" },
  { enabled: false, message: "Not this." },
  { enabled: true, message: "" },
];

test("a shell begins with the deployment's announcements and the workspace's message of the day", async () => {
  await using scratch = new Scratch();
  await writeFile(join(scratch.folder, "motd"), "Welcome");
  const { greeting } = greet(scratch, { banners: async () => ({ announcementBanners }), motdPath: "~/motd" });

  expect(await greeting()).toBe("Maintenance at noon.\n\nWelcome\n");
});

test("whoever has a .hushlogin is told nothing", async () => {
  await using scratch = new Scratch();
  await writeFile(join(scratch.folder, ".hushlogin"), "");

  expect(await greet(scratch, { banners: async () => ({ announcementBanners }) }).greeting()).toBe("");
});

test("announcements are asked for again after 2 min, not before", async () => {
  await using scratch = new Scratch();
  let asked = 0;
  const { clock, greeting } = greet(scratch, {
    banners: async () => {
      asked++;
      return { announcementBanners };
    },
  });

  await greeting();
  await clock.advance(119_999);
  await greeting();
  expect(asked).toBe(1);
  await clock.advance(1);
  await greeting();
  expect(asked).toBe(2);
});

test("a server that fails, or none, and a missing file keep no shell waiting", async () => {
  await using scratch = new Scratch();

  expect(
    await greet(scratch, { banners: () => Promise.reject(new Error("no")), motdPath: "/no/such" }).greeting(),
  ).toBe("");
  expect(await greet(scratch, {}).greeting()).toBe("");
});
