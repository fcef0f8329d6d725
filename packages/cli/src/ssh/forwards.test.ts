import { expect, test } from "vitest";
import { parseForward } from "./forwards.ts";

test.for([
  ["8080:localhost:80", { bindHost: undefined, bindPort: 8080, host: "localhost", port: 80 }],
  ["0.0.0.0:8080:localhost:80", { bindHost: "0.0.0.0", bindPort: 8080, host: "localhost", port: 80 }],
  ["*:8080:localhost:80", { bindHost: "", bindPort: 8080, host: "localhost", port: 80 }],
  [":8080:localhost:80", { bindHost: "", bindPort: 8080, host: "localhost", port: 80 }],
  ["[::1]:8080:[::1]:80", { bindHost: "::1", bindPort: 8080, host: "::1", port: 80 }],
  ["0:localhost:80", { bindHost: undefined, bindPort: 0, host: "localhost", port: 80 }],
] as const)("%s", ([text, forward]) => {
  expect(parseForward(text)).toEqual(forward);
});

test.for([
  "",
  "8080",
  "8080:80",
  "8080:localhost",
  "x:localhost:80",
  "8080:localhost:0",
  "99999:localhost:80",
  "8080::80",
])("%j is none", (text) => {
  expect(parseForward(text)).toBeUndefined();
});
