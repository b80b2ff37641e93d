// Whether an element has been in view, so that what it needs is loaded only then.
import { useEffect, useRef, useState } from "preact/hooks";

/** Return a ref, and true from when its element came near the window on. */
export function useSeen<T extends Element>(): [ref: { current: T | null }, isSeen: boolean] {
  const ref = useRef<T>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (isSeen || !ref.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      { rootMargin: "200px" },
    );
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [isSeen]);
  return [ref, isSeen];
}
