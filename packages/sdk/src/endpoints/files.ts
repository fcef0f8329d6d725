import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { UploadResponse } from "../schemas/files.ts";

export const uploadFile = endpoint({
  method: "POST",
  path: "/api/v2/files",
  operation: "upload_file",
  summary: "Upload a template archive",
  body: "raw",
  responses: { 201: UploadResponse, 200: UploadResponse },
});

export const downloadFile = endpoint({
  method: "GET",
  path: "/api/v2/files/{fileID}",
  operation: "download_file",
  summary: "Download a template archive",
  query: z.object({ format: z.string().optional() }),
  responses: { 200: "raw" },
});
