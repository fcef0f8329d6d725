import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { UploadResponse } from "../schemas/files.ts";

/**
 * The archive itself is the body, as its content type says: tar, or zip, which becomes tar. 200 and the same id for
 * the same bytes by the same user; 413 above the limit. What is in it is looked at by the import.
 */
export const uploadFile = endpoint({
  method: "POST",
  path: "/api/v2/files",
  operation: "upload_file",
  summary: "Upload a template archive",
  body: "raw",
  responses: { 201: UploadResponse, 200: UploadResponse },
});

/** The tar as it was sent, or as `format=zip`; any other format is 400. */
export const downloadFile = endpoint({
  method: "GET",
  path: "/api/v2/files/{fileID}",
  operation: "download_file",
  summary: "Download a template archive",
  query: z.object({ format: z.string().optional() }),
  responses: { 200: "raw" },
});
