import { ApiError, endpoints } from "@hearth/sdk";
import { yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { clientFor } from "#means/client.ts";

export const logout = defineCommand({
  summary: "Log out and forget the session",
  options: { yes },
  async run(_input, { session, out, prompt, signal }) {
    if (session.url === undefined || session.token === undefined) {
      out.note("You are not logged in.");
      return 0;
    }
    if (!(await prompt.confirm({ message: `Log out of ${session.url}?` }))) return 1;
    try {
      await clientFor(session.url, session.token, signal).call(endpoints.auth.logout, {});
    } catch (error) {
      // The session is forgotten here in any case; a server that is gone or ended it before has nothing to add.
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 401) out.warn(`The server did not end the session: ${error.message}`);
    }
    await session.forget();
    out.note(`You are logged out of ${session.url}.`);
    return 0;
  },
});
