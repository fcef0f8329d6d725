import { expect, test } from "vitest";
import { paths, safeRedirect, workspaceTabs } from "./paths.ts";

test("every address of the dashboard", () => {
  expect([
    paths.home(),
    paths.login(),
    paths.login("/@alice/dev?tab=builds"),
    paths.workspaces(),
    paths.workspaces({ filter: "owner:me status:running", page: 2 }),
    paths.newWorkspace(),
    paths.newWorkspace({ template: "node", preset: "Small EU", name: "dev", parameters: { region: "eu", cpu: "2" } }),
    paths.workspace("alice", "dev"),
    ...workspaceTabs.map((tab) => paths.workspace("alice", "dev", tab)),
    paths.terminal("alice", "dev"),
    paths.terminal("alice", "dev", "main"),
    paths.templates(),
    paths.template("node"),
  ]).toMatchInlineSnapshot(`
    [
      "/",
      "/login",
      "/login?redirect=%2F%40alice%2Fdev%3Ftab%3Dbuilds",
      "/workspaces",
      "/workspaces?filter=owner%3Ame+status%3Arunning&page=2",
      "/workspaces/new",
      "/workspaces/new?template=node&preset=Small+EU&name=dev&param.region=eu&param.cpu=2",
      "/@alice/dev",
      "/@alice/dev?tab=build",
      "/@alice/dev?tab=agents",
      "/@alice/dev?tab=terminal",
      "/@alice/dev?tab=parameters",
      "/@alice/dev?tab=builds",
      "/@alice/dev/terminal",
      "/@alice/dev.main/terminal",
      "/templates",
      "/templates/node",
    ]
  `);
});

test.for([
  [undefined, "/workspaces"],
  ["/@alice/dev?tab=builds", "/@alice/dev?tab=builds"],
  ["https://evil.example", "/workspaces"],
  ["//evil.example", "/workspaces"],
  ["/\\evil.example", "/workspaces"],
  ["/\t/evil.example", "/workspaces"],
  ["/..//evil.example", "/workspaces"],
  ["/%2e%2e//evil.example", "/workspaces"],
  ["/.//evil.example", "/workspaces"],
  ["javascript:alert(1)", "/workspaces"],
] as const)("a log-in that is to lead to %s leads to %s", ([target, to]) => {
  expect(safeRedirect(target)).toBe(to);
});
