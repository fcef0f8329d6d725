import { expect, test } from "vitest";
import { hostBlock } from "./host-block.ts";

const options = {
  form: { prefix: "hearth.", suffix: "" },
  launcher: ["/opt/node", "/opt/hearth/bin/hearth.mjs"],
  configDirectory: "/home/ada/.config/hearth",
  wait: "auto",
  autostart: true,
  extraOptions: [],
} as const;

test("every workspace is a host", () => {
  expect(hostBlock(options).join("\n")).toMatchInlineSnapshot(`
    "Host hearth.*
        ConnectTimeout 0
        StrictHostKeyChecking no
        UserKnownHostsFile /dev/null
        LogLevel ERROR
        ProxyCommand /opt/node /opt/hearth/bin/hearth.mjs ssh --global-config /home/ada/.config/hearth --stdio --ssh-host-prefix hearth. -- %h"
  `);
});

test("flags reach the command, and options stand before ours", () => {
  const lines = hostBlock({
    ...options,
    form: { prefix: "ws.", suffix: "hearth" },
    wait: "yes",
    autostart: false,
    extraOptions: ["ForwardAgent=yes"],
  });

  expect(lines.slice(0, 2)).toEqual(["Host ws.* *.hearth", "    ForwardAgent=yes"]);
  expect(lines.at(-1)).toMatch(
    /--stdio --ssh-host-prefix ws\. --hostname-suffix hearth --wait yes --disable-autostart -- %h$/,
  );
});

test("paths that a shell or ssh would take apart are quoted", () => {
  const lines = hostBlock({ ...options, configDirectory: "/home/o'neil 100%/x" });

  expect(lines.at(-1)).toContain(String.raw`--global-config '/home/o'\''neil 100%%/x' --stdio`);
});
