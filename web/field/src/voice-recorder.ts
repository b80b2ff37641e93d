// Recording of voice notes. They are stored as draft media, and sent when released or with the text of the step.
import type { Fix } from "./geolocation";
import { storeMedia } from "./media-upload";

export const MAX_DURATION_S = 120;

/** Types that the server accepts, the smaller first; Safari records MP4 only. */
const MIME_TYPES = ["audio/webm;codecs=opus", "audio/mp4"];
const BITS_PER_SECOND = 24_000; // speech; two minutes are 360 kB

export const canRecord = (): boolean =>
  "mediaDevices" in navigator &&
  typeof MediaRecorder !== "undefined" &&
  MIME_TYPES.some((type) => MediaRecorder.isTypeSupported(type));

/** One recording in progress. `start` raises the browser's error if there is no microphone or permission. */
export class Recording {
  private readonly pieces: Blob[] = [];
  private readonly ended: Promise<void>;
  readonly begunAt = Date.now();

  private constructor(
    private readonly recorder: MediaRecorder,
    private readonly stream: MediaStream,
  ) {
    recorder.addEventListener("dataavailable", ({ data }) => this.pieces.push(data));
    this.ended = new Promise((resolve) => recorder.addEventListener("stop", () => resolve(), { once: true }));
    recorder.start();
  }

  static async start(): Promise<Recording> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const mimeType = MIME_TYPES.find((type) => MediaRecorder.isTypeSupported(type))!;
    return new Recording(new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND }), stream);
  }

  private async stop(): Promise<void> {
    if (this.recorder.state !== "inactive") this.recorder.stop();
    await this.ended;
    // Turns off the phone's microphone indicator at once.
    for (const track of this.stream.getTracks()) track.stop();
  }

  async discard(): Promise<void> {
    await this.stop();
  }

  /** Stop, and store the sound as a draft: it is not sent before `store.releaseDrafts`. */
  async finish(incident: string, fixPromise: Promise<Fix | null>): Promise<void> {
    await this.stop();
    const fix = await fixPromise;
    const type = this.recorder.mimeType.split(";")[0]!;
    await storeMedia(new Blob(this.pieces, { type }), incident, "voice", fix, true);
  }
}
