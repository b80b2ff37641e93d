// Photos and voice notes: kept beside the queue, sent by tus when there is a network, from where a broken connection left off.
import { Upload } from "tus-js-client";
import { NoAnswer, ROOT, TryLater } from "../../src/api/http";
import { api, withLock, sessionAccount, PASSWORD_CHANGE_REQUIRED, store } from "./client";
import type { Fix } from "./geolocation";
import { withProgressTimeout } from "./heartbeat";
import type { MediaItem } from "./store";
import { markUploaded } from "./unattached-photos";
import { uuid7 } from "./uuid7";

export type PhotoKind = "near" | "before" | "after";

/** Pieces of this size: little is sent twice when a connection breaks. */
const CHUNK_BYTES = 500_000;

/** A piece that does not move for so long is given up: it goes on from where it was. */
const PROGRESS_TIMEOUT_MS = 30_000;
const GONE = 410; // expired or given up: it is another upload then

/** Keep a photo or a sound of a case, which need not be on the server yet; a draft waits for `store.release`. */
export async function storeMedia(file: Blob, incident: string, kind: PhotoKind | "voice", fix: Fix | null, isDraft = false): Promise<string> {
  const bytes = await file.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  // Bytes and not the file: what the file names may be gone when there is a network again.
  const blob = new Blob([bytes], { type: file.type });
  const taken_at = new Date().toISOString();
  return store.photo.add({ id: uuid7(), incident, kind, blob, sha256, taken_at, fix, refused: null, isDraft, upload: null });
}

/** Send all that waits, one after the other; one page of this browser at a time. What the server cannot take now holds up no other. */
export async function uploadAllMedia(): Promise<void> {
  await withLock("gridward-photos", async () => {
    const owner = await sessionAccount();
    let later: TryLater | null = null;
    for (const photo of await store.photo.toArray()) {
      if ((await store.currentAccount()) !== owner) return;
      if (photo.refused !== null || photo.isDraft) continue;
      try {
        await uploadMedia(photo);
      } catch (error) {
        if (!(error instanceof TryLater) || error.seconds !== null) throw error;
        later = error;
      }
    }
    if (later) throw later;
  });
}

async function uploadMedia(photo: MediaItem): Promise<void> {
  const { id, incident, kind, sha256, taken_at, fix } = photo;
  const place = fix ? { lon: String(fix.lon), lat: String(fix.lat) } : {};
  let upload: Upload | undefined;
  const send = (onProgress: () => void) =>
    new Promise<void>((resolve, reject) => {
      upload = new Upload(photo.blob, {
        endpoint: `${ROOT}/api/v1/media/uploads`,
        // Where it was begun, as the app may have been closed meanwhile: what has arrived is asked for and not sent again.
        uploadUrl: photo.upload ?? null,
        chunkSize: CHUNK_BYTES,
        retryDelays: [0, 1_000, 3_000],
        onProgress,
        storeFingerprintForResuming: false, // it is kept in the store, with the photo
        // Not awaited, and it need not be: the same creation answers with the same upload.
        onUploadUrlAvailable: () => void store.photo.update(id, { upload: upload?.url ?? null }),
        metadata: { id, incident, kind, sha256, taken_at, filetype: photo.blob.type, ...place },
        onBeforeRequest: async (request) => {
          request.setHeader("Authorization", `Bearer ${await api.token()}`);
          onProgress();
        },
        onSuccess: () => resolve(markUploaded(photo)),
        onError: (error) => {
          const response = "originalResponse" in error ? error.originalResponse : null;
          const status = response?.getStatus() ?? 0;
          if (status === 401) api.markAccessExpired();
          if (status === GONE) return resolve(store.restartUpload(id, uuid7()));
          const fault = parseProblem(response?.getBody() ?? "");
          if (status === 0 || status === 401) reject(new NoAnswer(error.message));
          else if (fault.code === PASSWORD_CHANGE_REQUIRED || status < 400 || status === 409 || status === 429 || status >= 500)
            reject(new TryLater(fault.code ?? String(status), Number(response?.getHeader("Retry-After")) || null));
          else resolve(store.photo.update(id, { refused: fault.detail ?? fault.code ?? "?" }).then(() => undefined));
        },
      });
      upload.start();
    });
  await withProgressTimeout(PROGRESS_TIMEOUT_MS, send, () => {
    void upload?.abort();
    return new NoAnswer("nothing moves");
  });
}

function parseProblem(body: string): { detail?: string; code?: string } {
  try {
    return JSON.parse(body) as { detail?: string; code?: string };
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
