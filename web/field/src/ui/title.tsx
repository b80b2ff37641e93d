// The heading of a page.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";

/** The heading of a page. It sets the document's title and takes the focus, so that a screen reader starts there. */
export function Title(props: { text: string; children?: ComponentChildren }) {
  const t = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.text} · ${t("app")}`;
  }, [props.text, t.language]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h1 tabIndex={-1} ref={heading}>
      {props.children ?? props.text}
    </h1>
  );
}
