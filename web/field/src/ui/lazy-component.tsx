// Components whose code is loaded when they are first shown, so that the first page starts sooner.
import type { ComponentType, FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";

export type LazyComponent<P> = FunctionComponent<P> & {
  /** Load the code now. Rejects without a network, if the code is not on the phone yet. */
  preload: () => Promise<void>;
};

/**
 * Return a component that loads its code by `load`. While it loads, a text is shown in a box of class `waitingClass`. Null: nothing
 * is shown before the code is there, also if it cannot be loaded.
 */
export function lazyComponent<P extends object>(
  load: () => Promise<ComponentType<P>>,
  waitingClass: string | null = "empty",
): LazyComponent<P> {
  let Loaded: ComponentType<P> | null = null;
  let pending: Promise<void> | null = null;
  const preload = () =>
    (pending ??= load().then(
      (component) => void (Loaded = component),
      (error: unknown) => {
        pending = null;
        throw error;
      },
    ));
  function Lazy(props: P) {
    const t = useTranslation();
    const [hasFailed, setFailed] = useState(false);
    const [, setReady] = useState(Loaded !== null);
    const fetchCode = (onFailure = async () => {}) => {
      setFailed(false);
      preload()
        .then(() => setReady(true))
        .catch(() => onFailure().finally(() => setFailed(true)));
    };
    // Some browsers remember that a module failed, and load it again only with the page; not where the page could not be loaded.
    const reload = async () => {
      const answer = await fetch(location.pathname).catch(() => null);
      if (answer?.ok) location.reload();
    };
    useEffect(() => {
      if (Loaded === null) fetchCode();
    }, []);
    if (Loaded !== null) return <Loaded {...props} />;
    if (waitingClass === null) return null;
    if (!hasFailed) return <div class={waitingClass}>{t("loading")}</div>;
    return (
      <p class="bad" role="alert" data-testid="code-missing">
        {t("code_missing")} <button onClick={() => fetchCode(reload)}>{t("retry")}</button>
      </p>
    );
  }
  return Object.assign(Lazy, { preload });
}
