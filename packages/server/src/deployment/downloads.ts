import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { installScript } from "./install-script.ts";

/** What can be fetched below `/bin`, where its build puts it, and how it is made where it is missing. */
const programs = [{ name: "hearth", file: "hearth.cjs", how: "npm run build -w packages/cli" }] as const;

/**
 * Hands out the command line: `/install.sh`, and each program as `/bin/<name>` with its checksum beside it as
 * `/bin/<name>.sha256` (the format of `sha256sum`). Everything else below `/bin` is 404.
 */
export function serveDownloads(fastify: FastifyInstance, folder: string, accessUrl: () => string): void {
  fastify.get(
    "/install.sh",
    async (request, reply) => await send(request, reply, describe(Buffer.from(installScript(accessUrl())))),
  );
  for (const { name, file, how } of programs) {
    const read = keepWhile(join(folder, file));
    const program = async () => await read().catch(() => undefined); // not built
    const missing = (reply: FastifyReply) =>
      reply
        .code(404)
        .send({ message: `${name} has not been built here: run \`${how}\` in Hearth's checkout.`, code: "not_found" });
    fastify.get(`/bin/${name}`, async (request, reply) => {
      const found = await program();
      return found === undefined ? await missing(reply) : await send(request, reply, found);
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

interface Download {
  readonly content: Buffer;
  /** In hexadecimal. */
  readonly sha256: string;
  /** Packed once, when first asked for so. */
  readonly packed: () => Promise<Buffer>;
}

function describe(content: Buffer): Download {
  let packed: Promise<Buffer> | undefined;
  return {
    content,
    sha256: createHash("sha256").update(content).digest("hex"),
    packed: () => (packed ??= promisify(gzip)(content)),
  };
}

/** Reads a file when it is first asked for, and again when it has been written to. */
function keepWhile(file: string): () => Promise<Download> {
  let kept: { readonly look: string; readonly download: Promise<Download> } | undefined;
  return async () => {
    const { mtimeMs, size } = await stat(file);
    const look = `${mtimeMs} ${size}`;
    if (kept?.look !== look) kept = { look, download: readFile(file).then(describe) };
    return await kept.download;
  };
}

async function send(request: FastifyRequest, reply: FastifyReply, { content, sha256, packed }: Download) {
  const isPacked = String(request.headers["accept-encoding"] ?? "")
    .split(/[\s,;]+/)
    .includes("gzip");
  const etag = isPacked ? `"${sha256}-gzip"` : `"${sha256}"`;
  reply
    .header("Cache-Control", "no-cache")
    .header("Vary", "Accept-Encoding")
    .header("ETag", etag)
    .header("X-Checksum-Sha256", sha256) // of what it is unpacked
    .header("X-Content-Type-Options", "nosniff")
    .type("text/plain; charset=utf-8");
  const known = String(request.headers["if-none-match"] ?? "").split(/,\s*/);
  if (known.includes(etag) || known.includes("*")) return await reply.code(304).send();
  if (isPacked) reply.header("Content-Encoding", "gzip");
  return await reply.send(isPacked ? await packed() : content);
}
