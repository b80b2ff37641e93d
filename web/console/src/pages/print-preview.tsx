// A printable page of the API, displayed here because it needs the access token, which a link could not send.
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
  const paper = useQuery(
    () => (isOurs ? followPath<string>(props.path, "text") : Promise.reject(new Error(props.path))),
    `paper ${props.path}`,
    false,
  );
  return (
    <Page
      title={t("print")}
      testid="paper"
      tools={
        <>
          <button type="button" class="plain" onClick={() => history.back()}>
            {t("back")}
          </button>
          <button type="button" class="main" onClick={() => print()}>
            {t("print")}
          </button>
        </>
      }
    >
      <Loaded query={paper}>{(html) => <PrintedPage html={html} title={t("print")} />}</Loaded>
    </Page>
  );
}

/** The page in a shadow tree with its own style sheet. */
function PrintedPage(props: { html: string; title: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const styles: string[] = [];
    // Style elements are moved to a constructed style sheet, as the content security policy refuses them.
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
    // Selectors of the document element apply to the shadow host.
    sheet.replaceSync(styles.join("\n").replace(/(^|[\s,}])(:root|html|body)(?=[\s,{])/g, "$1:host"));
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren(...document.importNode(parsed.body, true).childNodes);
    // Rules of @page have no effect in a shadow tree: the document has them while the page is displayed.
    const paper = new CSSStyleSheet();
    paper.replaceSync(
      styles
        .join("\n")
        .match(/@page\s*\{[^}]*\}/g)
        ?.join("\n") ?? "",
    );
    document.adoptedStyleSheets.push(paper);
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((adopted) => adopted !== paper);
    };
  }, [props.html]);
  return (
    <div class="paper" tabIndex={0} role="region" aria-label={props.title}>
      <div class="sheet" ref={place} data-testid="sheet" />
    </div>
  );
}
