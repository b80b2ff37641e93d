// The frame of a page: title, tools, content.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useEmergencies } from "../emergency/open-calls";
import { useTranslation } from "../hooks/use-translation";

/** The heading takes the focus when the page opens, so that a screen reader starts there. */
export function Page(props: { title: string; testid: string; tools?: ComponentChildren; children: ComponentChildren }) {
  const t = useTranslation();
  const { unanswered, urgent } = useEmergencies();
  const count = unanswered.length + urgent.length;
  useEffect(() => {
    document.title = `${count ? `(${count}) ` : ""}${props.title} · ${t("app")}`;
  }, [props.title, t.language, count]);
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
