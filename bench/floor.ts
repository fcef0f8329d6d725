import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import pg from "pg";
import { WebSocket } from "ws";

const statements = 12;

/**
 * The least that a claim can take on this machine, bare: an HTTP request, one durable transaction of twelve statements, one
 * WebSocket round trip, and the start of a shell. The request and the socket go to a process of their own.
 * @returns milliseconds of each run
 */
export async function measureFloor(connectionString: string, runs: number): Promise<number[]> {
  const server = fork(join(import.meta.dirname, "floor-server.ts"));
  const [port] = (await once(server, "message")) as [number]; // what floor-server sends
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query("create temporary table floor (id int primary key, value int)");
  await client.query("create table if not exists bench_floor (id int primary key, value int not null)");
  await client.query("insert into bench_floor values (1, 0) on conflict do nothing");
  const samples: number[] = [];
  try {
    for (let run = 0; run < runs + 5; run++) {
      const startedAt = performance.now();
      await (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "{}" })).text();
      await client.query("begin");
      for (let statement = 0; statement < statements - 2; statement++) {
        await client.query("update bench_floor set value = value + 1 where id = $1", [1]);
      }
      await client.query("commit");
      await roundTrip(port);
      const shell = spawn("sh", ["-c", "true"], { stdio: "ignore" });
      await once(shell, "exit");
      // The first ones warm caches and connections.
      if (run >= 5) samples.push(performance.now() - startedAt);
    }
  } finally {
    await client.query("drop table bench_floor");
    await client.end();
    server.kill();
  }
  return samples;
}

async function roundTrip(port: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
  await once(socket, "open");
  socket.send("ping");
  await once(socket, "message");
  socket.close();
}
