import pg from "pg";

/**
 * How many durable commits of one statement each this PostgreSQL makes a second for so many clients, each of which changes
 * a row of its own and sends the next when the last is answered.
 */
export async function commitRate(connectionString: string, clients: number, seconds: number): Promise<number> {
  const connections = Array.from({ length: clients }, () => new pg.Client({ connectionString }));
  await Promise.all(connections.map((connection) => connection.connect()));
  try {
    await connections[0]?.query("create table if not exists bench_commits (id int primary key, value int not null)");
    await connections[0]?.query(
      "insert into bench_commits select i, 0 from generate_series(1, $1) i on conflict do nothing",
      [clients],
    );
    const endsAt = performance.now() + seconds * 1000;
    const counts = await Promise.all(connections.map((connection, at) => commits(connection, at + 1, endsAt)));
    return counts.reduce((sum, count) => sum + count, 0) / seconds;
  } finally {
    await connections[0]?.query("drop table bench_commits");
    await Promise.all(connections.map((connection) => connection.end()));
  }
}

async function commits(connection: pg.Client, id: number, endsAt: number): Promise<number> {
  let count = 0;
  while (performance.now() < endsAt) {
    await connection.query({
      name: "commit",
      text: "update bench_commits set value = value + 1 where id = $1",
      values: [id],
    });
    count++;
  }
  return count;
}
