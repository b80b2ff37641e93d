// The frame of a page: title, tools, content.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";

/** The heading takes the focus when the page opens, so that a screen reader starts there. */
export function Page(props: { title: string; testid: string; tools?: ComponentChildren; children: ComponentChildren }) {
  const t = useTranslation();
  useEffect(() => {
    document.title = `${props.title} · ${t("app")}`;
  }, [props.title, t.language]);
  useEffect(() => {
    scrollTo(0, 0);
    document.querySelector("h1")?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="page" data-testid={props.testid}>
      <div class="head">
        <h1 tabIndex={-1}>{props.title}</h1>
        {props.tools && <div class="tools">{props.tools}</div>}
      </div>
      {props.children}
    </div>
  );
}
