import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { defineCommand } from "#command/define.ts";
import { findToken } from "./find-token.ts";

export const removeToken = defineCommand({
  summary: "Make a token stop working",
  args: { token: z.string().meta({ description: "name, id, or the token itself" }) },
  options: {
    delete: z.boolean().default(false).meta({ description: "forget it altogether, rather than let it expire" }),
  },
  async run({ token: wanted, delete: isDelete }, { client, out }) {
    const { id, token_name: name } = await findToken(client, wanted);
    const params = { user: "me", keyid: id };
    await (isDelete
      ? client.call(endpoints.tokens.deleteKey, { params })
      : client.call(endpoints.tokens.expireKey, { params }));
    out.note(`Token "${name || id}" is ${isDelete ? "deleted" : "expired"}.`);
  },
});
