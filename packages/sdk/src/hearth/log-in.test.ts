import { expect, test } from "vitest";
import { SetupError } from "./errors.ts";
import { findLogIn, serverUrl } from "./log-in.ts";
import type { Surroundings } from "./surroundings.ts";

function around(env: Record<string, string>, files: Record<string, string> = {}): Surroundings {
  return {
    variable: (name) => env[name],
    home: () => "/home/ada",
    readText: (path) => files[path],
    page: undefined,
  };
}

const saved = {
  "/home/ada/.config/hearth/url": "https://hearth.example.com\n",
  "/home/ada/.config/hearth/session": "saved-token\n",
};
const here = { url: "http://127.0.0.1:7080", token: "t" };

test.for([
  ["what is given", { url: "127.0.0.1:7080/", token: "t" }, {}, saved, here],
  ["the environment", {}, { HEARTH_URL: "http://127.0.0.1:7080", HEARTH_SESSION_TOKEN: "t" }, saved, here],
  ["its older names", {}, { CODER_URL: "http://127.0.0.1:7080", CODER_SESSION_TOKEN: "t" }, {}, here],
  ["what is given before the environment", here, { HEARTH_URL: "https://else", HEARTH_SESSION_TOKEN: "e" }, {}, here],
  ["the saved log-in", {}, { HEARTH_URL: "" }, saved, { url: "https://hearth.example.com", token: "saved-token" }],
  [
    "the saved log-in for the same address",
    { url: "hearth.example.com" },
    {},
    saved,
    { url: "https://hearth.example.com", token: "saved-token" },
  ],
  [
    "a directory of the environment",
    {},
    { HEARTH_CONFIG_DIR: "/c" },
    { "/c/url": "http://[::1]:7080", "/c/session": "c" },
    { url: "http://[::1]:7080", token: "c" },
  ],
  [
    "the directory of the desktop's rules",
    {},
    { XDG_CONFIG_HOME: "/x" },
    { "/x/hearth/url": "https://x", "/x/hearth/session": "x" },
    { url: "https://x", token: "x" },
  ],
] as const)("%s counts", ([, given, env, files, expected]) => {
  expect(findLogIn(given, around({ ...env }, files))).toEqual(expected);
});

test("a saved token is shown to no other server", () => {
  expect(() => findLogIn({ url: "https://other.example.com" }, around({}, saved))).toThrow(
    /Nobody is logged in to https:\/\/other\.example\.com/,
  );
});

test("nothing at all says what to set", () => {
  expect(() => findLogIn({}, around({}))).toThrow(SetupError);
  expect(() => findLogIn({}, around({}))).toThrow(/HEARTH_URL and HEARTH_SESSION_TOKEN/);
});

test("who says both needs no right to read anything", () => {
  const forbidden = () => {
    throw new Error("not allowed");
  };
  const closed = { variable: forbidden, home: forbidden, readText: forbidden, page: undefined };

  expect(findLogIn(here, closed)).toEqual(here);
});

test("a page talks to the server it came from, and reads nothing", () => {
  const page = { origin: "https://hearth.example.com", csrfToken: () => "c" };

  expect(findLogIn({}, { ...around({ HEARTH_URL: "https://else" }, saved), page })).toEqual({
    url: "https://hearth.example.com",
    token: undefined,
  });
});

test.for([
  ["hearth.example.com", "https://hearth.example.com"],
  ["hearth.example.com/base//", "https://hearth.example.com/base"],
  ["localhost:7080", "http://localhost:7080"],
  ["127.0.0.1", "http://127.0.0.1"],
  ["HTTP://Hearth.example.com:80/", "http://hearth.example.com"],
] as const)("%s is the server %s", ([text, url]) => {
  expect(serverUrl(text)).toBe(url);
});

test.for(["", "http://", "a b"])("%j is none", (text) => {
  expect(() => serverUrl(text)).toThrow(/is no address of a server/);
});
