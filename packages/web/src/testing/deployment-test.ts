import { Deployment } from "@hearth/testkit";
import { test } from "vitest";
import { TestBrowser } from "./browser.ts";

/** A test with a browser, shared by the tests of a file. */
export const browserTest = test.extend<{ browser: TestBrowser }>({
  browser: [
    // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern that no other fixture is wanted
    async ({}, use) => {
      await using browser = await TestBrowser.launch();
      await use(browser);
    },
    { scope: "file" },
  ],
});

/** A test with a deployment as well, whose agents are simulated; it, too, is shared by the tests of a file. */
export const deploymentTest = browserTest.extend<{ d: Deployment }>({
  d: [
    // oxlint-disable-next-line no-empty-pattern -- as above
    async ({}, use) => {
      await using d = await Deployment.create();
      await use(d);
    },
    { scope: "file" },
  ],
});

/** A template with two presets, one of them with a pool, and a parameter that no preset sets. */
export const nodeManifest = `
name: node
description: Node 24 with git
parameters:
  - name: size
    display_name: Size
    default: small
    mutable: true
    options: [{ name: Small, value: small }, { name: Large, value: large }]
  - name: note
    display_name: Note
    description: What it is for
    default: ""
    mutable: true
presets:
  - name: Small
    default: true
    parameters: { size: small }
    prebuilds: { instances: 1 }
  - name: Large
    parameters: { size: large }
workspace:
  engine: process
agents:
  - name: main
`;
