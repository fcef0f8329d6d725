import { expect, test } from "vitest";
import { postgresSettings, settingArguments } from "./settings.ts";

const gibibyte = 1024 ** 3;
const options = { memoryBytes: 8 * gibibyte, socketDir: "/d/socket", clusterName: "hearth-1" };

test.for([
  { name: "a small container gets the least", memoryBytes: gibibyte / 4, shared: "64MB", cache: "128MB" },
  { name: "a usual machine gives a sixteenth", memoryBytes: 8 * gibibyte, shared: "512MB", cache: "4096MB" },
  {
    name: "a large one gives no more than a gibibyte",
    memoryBytes: 256 * gibibyte,
    shared: "1024MB",
    cache: "65536MB",
  },
])("$name", ({ memoryBytes, shared, cache }) => {
  expect(postgresSettings({ ...options, memoryBytes })).toMatchObject({
    shared_buffers: shared,
    effective_cache_size: cache,
  });
});

test("nothing listens on a network, and the socket is for the user alone", () => {
  expect(postgresSettings(options)).toMatchObject({ listen_addresses: "", unix_socket_permissions: "0700" });
});

test("durability is not traded away", () => {
  const names = Object.keys(postgresSettings(options));

  expect(names).not.toContain("fsync");
  expect(names).not.toContain("synchronous_commit");
  expect(names).not.toContain("full_page_writes");
});

test("a socket directory with a comma or a quote stays one directory", () => {
  const settings = postgresSettings({ ...options, socketDir: '/d/a, "b"' });

  expect(settings["unix_socket_directories"]).toBe('"/d/a, ""b"""');
});

test("overrides come last", () => {
  const settings = postgresSettings({ ...options, overrides: { fsync: "off", work_mem: "1MB" } });

  expect(settingArguments(settings)).toEqual(expect.arrayContaining(["fsync=off", "work_mem=1MB"]));
});
