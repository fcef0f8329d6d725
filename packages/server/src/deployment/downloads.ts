import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { heldDownload, keepWhile, packedDownload, type Download } from "./download.ts";
import { installScript } from "./install-script.ts";

/** What can be fetched below `/bin`, where it is put when it is made, and how that is done where it is missing. */
const programs = [
  {
    name: "hearth",
    file: "hearth.cjs",
    take: async (file: string) => heldDownload(await readFile(file)),
    how: "npm run build -w packages/cli",
  },
  { name: "hearth-linux-x64", file: "hearth-linux-x64.json", take: packedDownload, how: "npm run package" },
] as const;

/**
 * Hands out the command line: `/install.sh`, and each program as `/bin/<name>` with its checksum beside it as
 * `/bin/<name>.sha256` (the format of `sha256sum`). Everything else below `/bin` is 404.
 */
export function serveDownloads(fastify: FastifyInstance, folder: string, accessUrl: () => string): void {
  fastify.route({
    method: ["GET", "HEAD"],
    url: "/install.sh",
    handler: async (request, reply) =>
      await send(request, reply, heldDownload(Buffer.from(installScript(accessUrl())))),
  });
  for (const { name, file, take, how } of programs) {
    const read = keepWhile(join(folder, file), take);
    const program = async () => await read().catch(() => undefined); // not made
    const missing = (reply: FastifyReply) =>
      reply
        .code(404)
        .send({ message: `${name} has not been built here: run \`${how}\` in Hearth's checkout.`, code: "not_found" });
    fastify.route({
      method: ["GET", "HEAD"],
      url: `/bin/${name}`,
      handler: async (request, reply) => {
        const found = await program();
        return found === undefined ? await missing(reply) : await send(request, reply, found);
      },
    });
    fastify.get(`/bin/${name}.sha256`, async (_request, reply) => {
      const found = await program();
      if (found === undefined) return await missing(reply);
      return await reply
        .type("text/plain; charset=utf-8")
        .header("Cache-Control", "no-cache")
        .send(`${found.sha256}  ${name}\n`);
    });
  }
  fastify.get("/bin/*", (_request, reply) => {
    reply.callNotFound();
  });
}

async function send(request: FastifyRequest, reply: FastifyReply, download: Download) {
  const { mediaType, sha256, plain, packed } = download;
  const isPacked = takesGzip(request.headers["accept-encoding"]);
  const etag = isPacked ? `"${sha256}-gzip"` : `"${sha256}"`;
  reply
    .header("Cache-Control", "no-cache")
    .header("Vary", "Accept-Encoding")
    .header("ETag", etag)
    .header("X-Checksum-Sha256", sha256) // of what it is unpacked
    .header("X-Content-Type-Options", "nosniff");
  const known = String(request.headers["if-none-match"] ?? "").split(/,\s*/);
  if (known.includes(etag) || known.includes("*")) return await reply.code(304).send();
  const content = isPacked ? packed : plain;
  if (isPacked) reply.header("Content-Encoding", "gzip");
  reply.type(mediaType).header("Content-Length", await content.bytes());
  // Nothing is opened, nor unpacked, to be thrown away.
  return await reply.send(request.method === "HEAD" ? "" : await content.open());
}

/** Whether `Accept-Encoding` names gzip, and not to say that it is unwelcome (RFC 9110 §12.5.3). */
export function takesGzip(header: string | undefined): boolean {
  return (header ?? "").split(",").some((part) => {
    const [coding = "", ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
    return coding === "gzip" && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}
