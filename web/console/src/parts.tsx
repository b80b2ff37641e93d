// Small parts of pages.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useObjectUrl } from "./blobs";
import type { Doing } from "./doing";
import { client, inWords, load, type Schemas } from "./session";
import { type Loaded, pageOf, useLoaded, useWords } from "./state";
import { STATUS } from "./words/codes";

/** The page's heading takes the focus when the page opens, so that a screen reader begins there. */
export function Page(props: { title: string; testid: string; tools?: ComponentChildren; children: ComponentChildren }) {
  const t = useWords();
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

/** What was loaded, or that it is loading, or why it did not work. */
export function Ready<T>(props: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  const t = useWords();
  const { data, error, reload } = props.of;
  return (
    <>
      {error !== null && <Trouble error={error} retry={reload} />}
      {data !== null ? props.children(data) : error === null && <p class="quiet" role="status">{t("loading")}</p>}
    </>
  );
}

export function Trouble(props: { error: unknown; retry?: () => void }) {
  const t = useWords();
  return (
    <p class="trouble" role="alert">
      {inWords(props.error, t.language)}
      {props.retry && <> <button type="button" class="plain" onClick={props.retry}>{t("retry")}</button></>}
    </p>
  );
}

/** How an act went, read out by screen readers: what kept it from being done, or that it is done. */
export function Told(props: { of: Doing; done?: string }) {
  const t = useWords();
  const { error, isDone } = props.of;
  return (
    <>
      {error !== null && <Trouble error={error} />}
      <span role="status" class="good" data-testid="told">{isDone ? (props.done ?? t("done")) : ""}</span>
    </>
  );
}

/** A number that opens exactly what it counts. */
export function Figure(props: { of: Schemas["Figure"] | undefined; label: string; bad?: boolean }) {
  if (!props.of) return null;
  const { count, members } = props.of;
  const page = pageOf(members ?? "");
  const style = props.bad && count ? "figure bad" : "figure";
  if (page === null) return <span class={style}>{count}</span>;
  return <a class={style} href={page} aria-label={`${props.label}: ${count}`}>{count}</a>;
}

export function Table(props: { caption: string; heads: string[]; children: ComponentChildren; testid?: string; numbers?: number[] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={props.caption}>
      <table data-testid={props.testid}>
        <caption>{props.caption}</caption>
        <thead>
          <tr>{props.heads.map((head, n) => <th key={n} scope="col" class={props.numbers?.includes(n) ? "number" : ""}>{head}</th>)}</tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}

export function StatusTag(props: { status: string; overdue?: boolean }) {
  const t = useWords();
  return (
    <>
      <span class={`tag s-${props.status}`}>{t.code(STATUS, props.status)}</span>
      {props.overdue && <span class="tag late">{t("overdue")}</span>}
    </>
  );
}

export function Due(props: { at: string | null | undefined; overdue: boolean | undefined; ended?: boolean }) {
  const t = useWords();
  if (!props.at) return <span class="quiet">{t("none")}</span>;
  const left = (Date.parse(props.at) - Date.now()) / 1000;
  return (
    <span class={props.overdue ? "bad" : ""}>
      <time dateTime={props.at}>{t.at(props.at)}</time>
      {!props.ended && <small> {t(left < 0 ? "late_by" : "left", { span: t.span(left) })}</small>}
    </span>
  );
}

/** A picture that only the API gives, with our token. */
export function Picture(props: { path: string; alt: string }) {
  const { url } = useObjectUrl(props.path);
  // Until it is there, and if it does not come, the alternative text stands in its place.
  return url ? <img src={url} alt={props.alt} /> : <span class="picture">{props.alt}</span>;
}

// Lists that many forms choose from.

export function useCategories(): Map<string, Schemas["CategoryOut"]> {
  const found = useLoaded(once("categories", () => load(client.GET("/api/v1/categories"))), "categories", false);
  return new Map((found.data?.items ?? []).map((one) => [one.code ?? "", one]));
}

export function useUnits(): Schemas["UnitOut"][] {
  const found = useLoaded(once("units", () => load(client.GET("/api/v1/units", { params: { query: { limit: 500 } } }))), "units", false);
  return found.data?.items ?? [];
}

/** The areas of mine and those in them, without shapes. */
export function useAreas(level?: "district" | "street" | "community" | "grid"): Schemas["AreaFeature"][] {
  const read = () => load(client.GET("/api/v1/areas", { params: { query: { geometry: false, limit: 500, ...(level ? { level } : {}) } } }));
  const found = useLoaded(once(`areas ${level}`, read), `areas ${level}`, false);
  return found.data?.features ?? [];
}

/** The rules in force of each jurisdiction. */
export function useRules(): Schemas["ProfileOut"][] {
  const read = async () => {
    const { items } = await load(client.GET("/api/v1/jurisdictions"));
    return Promise.all((items ?? []).map((one) => load(client.GET("/api/v1/jurisdictions/{code}/profile", { params: { path: { code: one.code! } } }))));
  };
  return useLoaded(once("rules", read), "rules", false).data ?? [];
}

const kept = new Map<string, { at: number; asked: Promise<unknown> }>();
const KEPT_MS = 300_000;
/** Asked once in five minutes; a failure is not kept. */
function once<T>(key: string, read: () => Promise<T>): () => Promise<T> {
  return () => {
    const found = kept.get(key);
    if (found && Date.now() - found.at < KEPT_MS) return found.asked as Promise<T>;
    const asked = read();
    kept.set(key, { at: Date.now(), asked });
    asked.catch(() => kept.delete(key));
    return asked;
  };
}
/** Another person's lists are not mine. */
export const forgetLists = (): void => kept.clear();

export function useCategoryName(): (code: string | null | undefined) => string {
  const t = useWords();
  const categories = useCategories();
  return (code) => (code ? t.named(categories.get(code)?.name) || code : "");
}
