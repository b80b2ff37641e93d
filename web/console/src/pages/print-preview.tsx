// A page for paper that the API makes, shown and printed here: only with our token does the API give it, so no link can open it.
import { useEffect, useRef } from "preact/hooks";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { pageOf } from "../navigation";
import { follow } from "../session";
import { Ready } from "../ui/loaded";
import { Page } from "../ui/page";

export default function PaperPage(props: { path: string }) {
  const t = useWords();
  const isOurs = props.path.startsWith("/api/v1/") && !props.path.includes("..");
  const paper = useLoaded(() => (isOurs ? follow<string>(props.path, "text") : Promise.reject(new Error(props.path))), `paper ${props.path}`, false);
  return (
    <Page
      title={t("print")}
      testid="paper"
      tools={
        <>
          <button type="button" class="plain" onClick={() => history.back()}>{t("back")}</button>
          <button type="button" class="main" onClick={() => print()}>{t("print")}</button>
        </>
      }
    >
      <Ready of={paper}>{(html) => <Sheet html={html} title={t("print")} />}</Ready>
    </Page>
  );
}

/** In a tree of its own, under its own style sheet, so that it looks as it was made. */
function Sheet(props: { html: string; title: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const styles: string[] = [];
    // Taken out before it is read: a style sheet in a page is refused by our policy, one of an object is not.
    const bare = props.html.replace(/<style[^>]*>([^]*?)<\/style>/g, (_, style: string) => (styles.push(style), ""));
    const made = new DOMParser().parseFromString(bare, "text/html");
    made.querySelectorAll("style, script, link, meta").forEach((part) => part.remove());
    made.querySelectorAll("a[href]").forEach((link) => {
      const to = link.getAttribute("href") ?? "";
      if (!to.includes("/api/v1/")) return;
      const page = pageOf(to);
      if (page === null) link.removeAttribute("href");
      else link.setAttribute("href", page);
    });
    const root = place.current!.shadowRoot ?? place.current!.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    // What a page says of itself holds for the place where it stands.
    sheet.replaceSync(styles.join("\n").replace(/(^|[\s,}])(:root|html|body)(?=[\s,{])/g, "$1:host"));
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(...document.importNode(made.body, true).childNodes);
  }, [props.html]);
  return (
    <div class="paper" tabIndex={0} role="region" aria-label={props.title}>
      <div class="sheet" ref={place} data-testid="sheet" />
    </div>
  );
}
