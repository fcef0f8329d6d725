import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { DrpcError } from "@hearth/wire";
import { Connection_Action, Connection_Type } from "@hearth/wire/agent-proto";
import { expect, test } from "vitest";
import { ConnectionReports } from "#connections/connection-reports.ts";

type Client = Parameters<ConnectionReports["run"]>[0]["client"];

function session(reports: ConnectionReports, answer: () => Error | undefined = () => undefined) {
  const ended = new AbortController();
  const sent: { id: string; action: number; reason: string; statusCode: number }[] = [];
  const client: Client = {
    reportConnection: async ({ connection }) => {
      const { id = new Uint8Array(), action = 0, reason = "", statusCode = 0 } = connection ?? {};
      sent.push({ id: Buffer.from(id).toString("hex"), action, reason, statusCode });
      const error = answer();
      if (error) throw error;
      return { $typeName: "google.protobuf.Empty" };
    },
  };
  const over = reports.run({ client, signal: ended.signal }).catch(() => undefined);
  return { sent, end: async () => (ended.abort(new Error("over")), await over) };
}

test("who comes and who leaves are told under one id, with how the command ended", async () => {
  const clock = new FakeClock();
  const reports = new ConnectionReports({ clock, log: silentLogger });
  const { sent, end } = session(reports);

  const leave = reports.connected(Connection_Type.SSH);
  reports.connected(Connection_Type.VSCODE)({ code: 0, signal: undefined });
  leave({ code: 1, signal: undefined });
  await clock.advance(0);
  await end();

  const [ssh, vscode, vscodeEnd, sshEnd] = sent;
  expect([ssh?.action, sshEnd?.action]).toEqual([Connection_Action.CONNECT, Connection_Action.DISCONNECT]);
  expect(sshEnd).toMatchObject({ id: ssh?.id, statusCode: 1, reason: "process exited with error status: 1" });
  expect(vscodeEnd).toMatchObject({ id: vscode?.id, statusCode: 0, reason: "graceful" });
  expect(vscode?.id).not.toBe(ssh?.id);
});

test("a report that is refused is skipped; what does not fit is dropped", async () => {
  const clock = new FakeClock();
  const reports = new ConnectionReports({ clock, log: silentLogger });
  for (let count = 0; count < 3000; count++) reports.connected(Connection_Type.SSH);
  const { sent, end } = session(reports, () => (sent.length === 1 ? new DrpcError("no") : undefined));

  await clock.advance(0);
  await end();

  expect(sent).toHaveLength(2048);
});
