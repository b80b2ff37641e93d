// Pages that do not come, because another version is there by now or the network is not; and pages that break.
import type { ComponentChildren, ComponentType } from "preact";
import { lazy } from "preact/compat";
import { useEffect, useErrorBoundary, useRef } from "preact/hooks";
import { NoAnswer } from "../../src/api/http";
import { useWords } from "./hooks/use-translation";
import { useRoute } from "./navigation";
import { inWords } from "./session";

class PageMissing extends NoAnswer {
  constructor(
    readonly isNewer: boolean,
    why: unknown,
  ) {
    super(String(why));
  }
}

/** A page that is fetched when it is opened. */
export function opened<P>(fetched: () => Promise<{ default: ComponentType<P> }>) {
  return lazy(() =>
    fetched().catch(async (why: unknown) => {
      throw new PageMissing(await isNewerThere(), why);
    }),
  );
}

/** Whether the server's console is by now made of other files than this one. */
async function isNewerThere(): Promise<boolean> {
  const mine = document.querySelector("script[type=module]")?.getAttribute("src") ?? "";
  try {
    const there = await fetch(location.pathname, { cache: "no-store" });
    return there.ok && !(await there.text()).includes(mine);
  } catch {
    return false;
  }
}

/** What breaks in here is said in here, with a way on; going to another page is another try. */
export function Guarded(props: { children: ComponentChildren }) {
  const [error, forget] = useErrorBoundary((broken: unknown) => console.warn(broken));
  const { hash } = useRoute();
  useEffect(() => forget(), [hash]);
  return error === undefined || error === null ? <>{props.children}</> : <Broken error={error} />;
}

function Broken(props: { error: unknown }) {
  const t = useWords();
  const { error } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const isMissing = error instanceof PageMissing;
  const isNewer = isMissing && error.isNewer;
  return (
    <div class="page" data-testid="broken">
      <div class="head"><h1 ref={heading} tabIndex={-1}>{t(isNewer ? "newer" : isMissing ? "page_missing" : "page_broke")}</h1></div>
      <p class={isNewer ? "" : "trouble"} role="alert">{isNewer ? t("newer_means") : inWords(error, t.language)}</p>
      <p class="buttons">
        <button type="button" class="main" onClick={() => location.reload()} data-testid="load-again">{t(isNewer ? "load_newer" : "load_again")}</button>
        <a href="#/">{t("to_the_start")}</a>
      </p>
    </div>
  );
}
