import type { Database } from "../ground/database/index.ts";

/** The text of each statement that is sent from now on. */
export function recordStatements(database: Database): string[] {
  const statements: string[] = [];
  const known = new WeakSet<object>();
  database.pool.on("acquire", (client) => {
    if (known.has(client)) return;
    known.add(client);
    const query = client.query.bind(client) as (...given: unknown[]) => unknown; // whatever pg was given goes on to it
    client.query = ((...given: unknown[]) => {
      const [first] = given;
      const text = typeof first === "string" ? first : (first as { text?: string } | undefined)?.text;
      if (text !== undefined) statements.push(text.trim());
      return query(...given);
    }) as typeof client.query;
  });
  return statements;
}
