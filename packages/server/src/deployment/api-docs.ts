import type { FastifyInstance } from "fastify";
import type { OpenApiDocument } from "./openapi.ts";

/** Serves the document at `/api/docs/openapi.json`, and at `/api/docs` the same for people. */
export function serveApiDocs(fastify: FastifyInstance, document: OpenApiDocument): void {
  const json = JSON.stringify(document);
  const page = renderPage(document);
  fastify.get(
    "/api/docs/openapi.json",
    async (_request, reply) => await reply.type("application/json; charset=utf-8").send(json),
  );
  fastify.get("/api/docs", async (_request, reply) => {
    return await reply
      .type("text/html; charset=utf-8")
      .header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
      .send(page);
  });
}

function renderPage(document: OpenApiDocument): string {
  const byTag = new Map<string, string[]>();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags[0] ?? "";
      const rows = byTag.get(tag) ?? [];
      byTag.set(tag, rows);
      const upgrade = operation["x-websocket"] === true ? " <small>WebSocket</small>" : "";
      rows.push(
        `<details id="${escape(operation.operationId)}"><summary><code class="m ${method}">${method.toUpperCase()}</code> <code>${escape(path)}</code> ${escape(operation.summary)}${upgrade}</summary><pre>${escape(JSON.stringify({ parameters: operation.parameters, requestBody: operation.requestBody, responses: operation.responses }, null, 2))}</pre></details>`,
      );
    }
  }
  const sections = [...byTag]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([tag, rows]) => `<section><h2 id="${escape(tag)}">${escape(tag)}</h2>${rows.join("")}</section>`);
  const links = [...byTag.keys()]
    .sort((a, b) => a.localeCompare(b))
    .map((tag) => `<a href="#${escape(tag)}">${escape(tag)}</a>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Hearth API</title><style>
:root{color-scheme:light dark}body{font:14px/1.5 system-ui;max-width:72rem;margin:0 auto;padding:1rem}nav a{margin-right:.75rem}
details{border-bottom:1px solid color-mix(in srgb,currentColor 15%,transparent);padding:.35rem 0}summary{cursor:pointer}pre{overflow:auto;font-size:12px}
.m{display:inline-block;min-width:4.5rem;font-weight:600}small{opacity:.7}</style></head><body><main><h1>Hearth API ${escape(document.info.version)}</h1>
<p>Send a token as <code>Coder-Session-Token</code> (or <code>Authorization: Bearer</code>). Every refusal is <code>{message, detail?, validations?, code}</code>. The same as <a href="/api/docs/openapi.json">OpenAPI</a>.</p>
<nav>${links.join("")}</nav>${sections.join("")}</main></body></html>`;
}

function escape(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character] ?? character,
  );
}
