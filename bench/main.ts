import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { benches } from "./benches/index.ts";
import { OrderError, readOrder, type Order } from "./order.ts";
import { makeProfiling, serverProfile } from "./profile.ts";
import { renderTable, rowsOf, type Measurement, type Row } from "./row.ts";

// npm run bench -- claim exec --runs 50 --repeats 3 --json FILE; see docs/bench.md
// Each number against a baseline that is measured beside it, of the real server.

/** All repeats of one bench, and a profile where a row is over and one is wanted. */
async function run(name: string, order: Order): Promise<Row[]> {
  const bench = benches[name];
  if (bench === undefined) return [];
  const repeats: (readonly Measurement[])[] = [];
  const profiling = order.isProfiled ? await makeProfiling() : undefined;
  for (let repeat = 1; repeat <= order.repeats; repeat++) {
    const note = (line: string) => void process.stderr.write(`${name} ${repeat}/${order.repeats}: ${line}\n`);
    note(`load ${loadavg()[0]?.toFixed(2)}`);
    const measured = await bench.measure({
      runs: (full) => order.runs ?? full,
      isFull: order.isFull,
      serverEnv: profiling?.env ?? {},
      note,
    });
    repeats.push(measured);
  }
  const rows = rowsOf(repeats);
  if (profiling !== undefined && rows.some(({ ok }) => !ok)) {
    const profile = await serverProfile(profiling.dir);
    process.stderr.write(profile === undefined ? "There is no profile.\n" : `${profile.text}\n${profile.file}\n`);
  }
  return rows;
}

try {
  const order = readOrder(process.argv.slice(2), benches);
  const rows: Row[] = [];
  for (const name of order.names) {
    rows.push(...(await run(name, order)));
    if (order.json !== undefined) await writeFile(order.json, `${JSON.stringify(rows, null, 2)}\n`);
  }
  process.stdout.write(`${renderTable(rows)}\n`);
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
} catch (error) {
  if (!(error instanceof OrderError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
