// A connection that is there and says nothing any more.

/** What `begin` promises, unless nothing is `heard` of it for so long: then it fails with what `giveUp` says. */
export async function withProgressTimeout<T>(ms: number, begin: (onProgress: () => void) => Promise<T>, giveUp: () => Error): Promise<T> {
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
