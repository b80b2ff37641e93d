// A timeout for operations that report progress.

/** Run `begin`; reject with `giveUp()` if `onProgress` is not called for `ms` milliseconds. */
export async function withProgressTimeout<T>(
  ms: number,
  begin: (onProgress: () => void) => Promise<T>,
  giveUp: () => Error,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const onProgress = () => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(giveUp()), ms);
      };
      onProgress();
      begin(onProgress).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
  }
}
