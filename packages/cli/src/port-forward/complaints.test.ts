import { expect, test } from "vitest";
import { WebSocketClosed } from "@hearth/wire/web-socket-stream";
import { Complaints } from "./complaints.ts";

test("each kind of failure is told once a port, and again after a connection has worked", () => {
  const said: string[] = [];
  const complaints = new Complaints((text) => said.push(text));
  const refused = new WebSocketClosed(4001, "refused");

  for (let count = 0; count < 3; count++) complaints.failed(80, refused);
  complaints.failed(80, new Error("cut"));
  complaints.failed(81, refused);
  expect(said.splice(0)).toEqual([
    "port 80: the workspace takes no connection (refused)",
    "port 80: cut",
    "port 81: the workspace takes no connection (refused)",
  ]);

  complaints.worked(80);
  complaints.failed(80, refused);
  complaints.failed(81, refused);
  expect(said).toEqual(["port 80: the workspace takes no connection (refused)"]);
});
