// A page for paper that the API makes, shown and printed here: only with our token does the API give it, so no link can open it.
import { useEffect, useRef } from "preact/hooks";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { pageOfMembers } from "../navigation";
import { followPath } from "../session";
import { Loaded } from "../ui/loaded";
import { Page } from "../ui/page";

export default function PrintPreviewPage(props: { path: string }) {
  const t = useTranslation();
  const isOurs = props.path.startsWith("/api/v1/") && !props.path.includes("..");
  const paper = useQuery(() => (isOurs ? followPath<string>(props.path, "text") : Promise.reject(new Error(props.path))), `paper ${props.path}`, false);
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
      <Loaded query={paper}>{(html) => <PrintedPage html={html} title={t("print")} />}</Loaded>
    </Page>
  );
}

/** In a tree of its own, under its own style sheet, so that it looks as it was made. */
function PrintedPage(props: { html: string; title: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const styles: string[] = [];
    // Taken out before it is read: a style sheet in a page is refused by our policy, one of an object is not.
    const bare = props.html.replace(/<style[^>]*>([^]*?)<\/style>/g, (_, style: string) => (styles.push(style), ""));
    const parsed = new DOMParser().parseFromString(bare, "text/html");
    parsed.querySelectorAll("style, script, link, meta").forEach((part) => part.remove());
    parsed.querySelectorAll("a[href]").forEach((link) => {
      const to = link.getAttribute("href") ?? "";
      if (!to.includes("/api/v1/")) return;
      const page = pageOfMembers(to);
      if (page === null) link.removeAttribute("href");
      else link.setAttribute("href", page);
    });
    const root = place.current!.shadowRoot ?? place.current!.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    // What a page says of itself holds for the place where it stands.
    sheet.replaceSync(styles.join("\n").replace(/(^|[\s,}])(:root|html|body)(?=[\s,{])/g, "$1:host"));
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(...document.importNode(parsed.body, true).childNodes);
  }, [props.html]);
  return (
    <div class="paper" tabIndex={0} role="region" aria-label={props.title}>
      <div class="sheet" ref={place} data-testid="sheet" />
    </div>
  );
}
