// Pages that cannot be loaded, because of the network or a newer version on the server, and pages that throw.
import type { ComponentChildren, ComponentType } from "preact";
import { lazy } from "preact/compat";
import { useEffect, useErrorBoundary, useRef } from "preact/hooks";
import { NoAnswer } from "../../src/api/http";
import { useTranslation } from "./hooks/use-translation";
import { useRoute } from "./navigation";
import { errorText } from "./session";

class PageMissing extends NoAnswer {
  constructor(
    readonly isNewer: boolean,
    why: unknown,
  ) {
    super(String(why));
  }
}

/** A page that is loaded when it is opened. */
export function lazyPage<P>(importPage: () => Promise<{ default: ComponentType<P> }>) {
  return lazy(() =>
    importPage().catch(async (cause: unknown) => {
      throw new PageMissing(await isServerVersionNewer(), cause);
    }),
  );
}

/** Return true if the server's console consists of other files than this one. */
async function isServerVersionNewer(): Promise<boolean> {
  const ownScript = document.querySelector("script[type=module]")?.getAttribute("src") ?? "";
  try {
    const response = await fetch(location.pathname, { cache: "no-store" });
    return response.ok && !(await response.text()).includes(ownScript);
  } catch {
    return false;
  }
}

/** Catches errors of the page and offers a way on. Opening another page resets it. */
export function ErrorBoundary(props: { children: ComponentChildren }) {
  const [error, reset] = useErrorBoundary((cause: unknown) => console.warn(cause));
  const { hash } = useRoute();
  useEffect(() => reset(), [hash]);
  return error === undefined || error === null ? <>{props.children}</> : <ErrorPage error={error} />;
}

function ErrorPage(props: { error: unknown }) {
  const t = useTranslation();
  const { error } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const isMissing = error instanceof PageMissing;
  const isNewer = isMissing && error.isNewer;
  return (
    <div class="page" data-testid="broken">
      <div class="head">
        <h1 ref={heading} tabIndex={-1}>
          {t(isNewer ? "newer" : isMissing ? "page_missing" : "page_broke")}
        </h1>
      </div>
      <p class={isNewer ? "" : "trouble"} role="alert">
        {isNewer ? t("newer_means") : errorText(error, t.language)}
      </p>
      <p class="buttons">
        <button type="button" class="main" onClick={() => location.reload()} data-testid="load-again">
          {t(isNewer ? "load_newer" : "load_again")}
        </button>
        <a href="#/">{t("to_the_start")}</a>
      </p>
    </div>
  );
}
