import type pg from "pg";

/** A column of a statement's result, as PostgreSQL announces it. */
export interface AnnouncedColumn {
  readonly name: string;
  /** Of its type, in `pg_type`. */
  readonly dataTypeID: number;
  /** Where it is stored: `pg_class` and `pg_attribute`; 0 for what is computed. */
  readonly tableID: number;
  readonly columnID: number;
}

interface Messages {
  parse(query: { name: string; text: string; types: number[] }): void;
  describe(message: { type: "S"; name: string }): void;
  sync(): void;
}

/**
 * Prepares a statement and asks for the columns of its result, without running it; rejects with what PostgreSQL says of
 * its text. @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export async function describeStatement(client: pg.PoolClient, text: string): Promise<readonly AnnouncedColumn[]> {
  return await new Promise((resolve, reject) => {
    let columns: readonly AnnouncedColumn[] = [];
    const query = {
      submit(connection: Messages) {
        connection.parse({ name: "", text, types: [] });
        connection.describe({ type: "S", name: "" });
        connection.sync();
      },
      handleRowDescription(message: { fields: AnnouncedColumn[] }) {
        columns = message.fields;
      },
      handleError: reject,
      handleReadyForQuery: () => resolve(columns),
    };
    client.query(query as unknown as pg.Submittable); // its own messages, of which the types know few
  });
}
