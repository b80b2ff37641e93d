// Upload of a file of a notice in one request, and the result of its check.
import { callApi, client, type Schemas } from "../session";
import { uuid7 } from "../../../sync-client/src/index";

const PDF = "application/pdf";
const CHECK_EVERY_MS = 700;
const CHECKS_MAX = 90;

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** Upload a photo or a PDF document (tus 1.0.0, creation with upload) and return its id. */
export async function uploadFile(file: File): Promise<string> {
  const bytes = await file.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const kind = file.type === PDF ? "document" : "other";
  const metadata = Object.entries({ id: uuid7(), kind, filetype: file.type, sha256 })
    .map(([name, value]) => `${name} ${base64(value)}`)
    .join(",");
  const upload = await callApi(
    client.POST("/api/v1/media/uploads", {
      params: {
        header: { "Tus-Resumable": "1.0.0", "Upload-Length": String(bytes.byteLength), "Upload-Metadata": metadata },
      },
      headers: { "Content-Type": "application/offset+octet-stream" },
      body: bytes as never,
      bodySerializer: (content: unknown) => content as ArrayBuffer,
    }),
  );
  return upload.id;
}

/** Return the record of a file when its check has ended; null if it goes on for longer than a minute. */
export async function checkedFile(id: string): Promise<Schemas["MediaDetail"] | null> {
  for (let check = 0; check < CHECKS_MAX; check++) {
    const record = await callApi(
      client.GET("/api/v1/media/{media_id}", { params: { path: { media_id: id } }, cache: "no-store" }),
    );
    if (record.state === "ready" || record.state === "refused") return record;
    await new Promise((resolve) => setTimeout(resolve, CHECK_EVERY_MS));
  }
  return null;
}
