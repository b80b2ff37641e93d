// Upload of photos and voice notes by tus, resumed after a broken connection. They are stored beside the operation queue.
import type { Upload } from "tus-js-client";
import { NoAnswer, ROOT, TryLater } from "../../src/api/http";
import { PASSWORD_CHANGE_REQUIRED, uuid7 } from "../../sync-client/src/index";
import { api, store, syncClient, withLock } from "./client";
import type { Fix } from "./geolocation";
import { withProgressTimeout } from "./heartbeat";
import type { MediaItem } from "./store";
import { markUploaded } from "./unattached-photos";

export type PhotoKind = "near" | "before" | "after";

/** Chunk size: small, so that little is repeated after a broken connection. */
const CHUNK_BYTES = 500_000;

/** A chunk without progress for this long is aborted; the upload resumes later. */
const PROGRESS_TIMEOUT_MS = 30_000;
const GONE = 410; // the upload expired or was cancelled: start a new one

/** Store a photo or a voice note of a case, which need not be on the server yet. A draft waits for `store.releaseDrafts`. */
export async function storeMedia(
  file: Blob,
  incident: string,
  kind: PhotoKind | "voice",
  fix: Fix | null,
  isDraft = false,
): Promise<string> {
  const bytes = await file.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  // Stored as bytes: the file that a `File` refers to may be gone when the network is back.
  const blob = new Blob([bytes], { type: file.type });
  const taken_at = new Date().toISOString();
  return store.photo.add({
    id: uuid7(),
    incident,
    kind,
    blob,
    sha256,
    taken_at,
    fix,
    refused: null,
    isDraft,
    upload: null,
  });
}

/**
 * Upload everything that waits, in sequence, one page of this browser at a time. A file that the server cannot take now
 * does not block the others.
 */
export async function uploadAllMedia(): Promise<void> {
  await withLock("gridward-photos", async () => {
    const owner = await syncClient.session.account();
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
  // Loaded with the first upload: the first page does not need it.
  const tus = await import("tus-js-client").catch((error: unknown) => {
    throw new NoAnswer(`the code for uploads did not load: ${String(error)}`);
  });
  let upload: Upload | undefined;
  const send = (onProgress: () => void) =>
    new Promise<void>((resolve, reject) => {
      upload = new tus.Upload(photo.blob, {
        endpoint: `${ROOT}/api/v1/media/uploads`,
        // Resume at the stored URL, as the app may have been closed: received bytes are not sent again.
        uploadUrl: photo.upload ?? null,
        chunkSize: CHUNK_BYTES,
        retryDelays: [0, 1_000, 3_000],
        onProgress,
        storeFingerprintForResuming: false, // the URL is stored with the photo
        // Not awaited: creating the same upload again returns the same upload.
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
          else if (
            fault.code === PASSWORD_CHANGE_REQUIRED ||
            status < 400 ||
            status === 409 ||
            status === 429 ||
            status >= 500
          )
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
