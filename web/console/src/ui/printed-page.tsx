// A printable page of the API, in a shadow tree with its own style sheet.
import { useEffect, useRef } from "preact/hooks";
import { pageOfMembers } from "../navigation";

export function PrintedPage(props: { html: string; title: string }) {
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
