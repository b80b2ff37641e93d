// Reports without a category that say alike: filed under one that there is, or under a new one of a new version of the rules.
import { useState } from "preact/hooks";
import { forgetLists, useCategories } from "../hooks/reference-data";
import { may, useMe } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load, type Schemas } from "../session";
import { Told } from "../ui/mutation-status";

/** As many as a bulk act takes; the rest is filed by the next. */
const AT_ONCE = 100;
type Named = { code: string; name: { zh: string; en: string } };
type Category = Named & Record<string, unknown>;

export function Pile(props: { of: Schemas["SignalDetail"]; onDone: () => void }) {
  const t = useWords();
  const me = useMe();
  const doing = useDoing();
  const [told, setTold] = useState("");
  const [fresh, setFresh] = useState<Named[]>([]);
  const known = [...useCategories().values()] as Named[];
  // Just published: the list is of before.
  const categories = [...known, ...fresh.filter((one) => !known.some((other) => other.code === one.code))];
  const members = useLoaded(
    () => load(client.GET("/api/v1/supervision/signals/{signal_id}/members", { params: { path: { signal_id: props.of.id! }, query: { limit: AT_ONCE } } })),
    `pile ${props.of.id}`,
  );
  // Whose rules they are says the signal.
  const place = /\/jurisdictions\/([^/]+)\/profile/.exec(props.of.does?.find((one) => one.act === "profile")?.path ?? "")?.[1];
  const ids = (members.data?.items ?? []).filter((one) => one.kind === "incident").map((one) => one.id!);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const body = { category: String(said.get("category")), note: String(said.get("note")).trim() };
    const isDone = await doing.run(async (key) => {
      const answer = await load(client.POST("/api/v1/incidents/bulk", { headers: { "Idempotency-Key": key }, body: { action: "correct", ids, body } }));
      const why = answer.items?.find((one) => !one.ok)?.message ?? "";
      setTold(`${t("refiled", { n: answer.done ?? 0, m: answer.failed ?? 0 })} ${why}`.trim());
    });
    if (isDone) props.onDone();
  };
  return (
    <section aria-labelledby="pile" data-testid="pile">
      <h2 id="pile">{t("mend_pile")}</h2>
      <p class="quiet">{t("mend_means")}</p>
      {place && (may(me, "profile:edit") || may(me, "profile:extend")) ? <NewCategory place={place} onDone={(made) => setFresh((before) => [...before, made])} /> : <p class="quiet">{t("rules_are_for")}</p>}
      <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("mend_pile")} data-testid="refile">
        <label>
          {t("category")}
          <select name="category" key={categories.length} required>
            <option value="">{t("choose")}</option>
            {categories.filter((one) => one.code !== "unclassified").map((one) => <option key={one.code} value={one.code}>{one.code} {t.named(one.name)}</option>)}
          </select>
        </label>
        <label>
          {t("note")} <small>{t("required")}</small>
          <textarea name="note" rows={2} required maxLength={2000} />
        </label>
        <Told of={doing} done={told} />
        <span class="buttons"><button class="main" disabled={doing.isBusy || ids.length === 0}>{t("refile", { n: ids.length })}</button></span>
      </form>
    </section>
  );
}

/** A new version of the rules that differs from the one in force by one category, made like another one. */
function NewCategory(props: { place: string; onDone: (made: Named) => void }) {
  const t = useWords();
  const doing = useDoing();
  const [told, setTold] = useState("");
  const categories = [...useCategories().values()];
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(said.get(name) ?? "").trim();
    const code = decodeURIComponent(props.place);
    await doing.run(async (key) => {
      const now = await load(client.GET("/api/v1/jurisdictions/{code}/profile", { params: { path: { code } } }));
      const data = structuredClone(now.data) as { taxonomy: { categories: Category[] } } & Record<string, unknown>;
      const like = data.taxonomy.categories.find((one) => one.code === text("like"));
      data.taxonomy.categories.push({ ...(like as Category), code: text("code"), name: { zh: text("zh"), en: text("en") } });
      const made = await load(client.POST("/api/v1/jurisdictions/{code}/profile", { params: { path: { code }, header: { "Idempotency-Key": key } }, body: { data } as never }));
      forgetLists();
      setTold(t("published", { n: made.number ?? "" }));
      props.onDone({ code: text("code"), name: { zh: text("zh"), en: text("en") } });
    });
  };
  return (
    <details>
      <summary>{t("new_category")}</summary>
      <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("new_category")} data-testid="new-category">
        <label>{t("signals_new_code")}<input name="code" required maxLength={40} /></label>
        <label>{t("signals_name_zh")}<input name="zh" required maxLength={100} /></label>
        <label>{t("signals_name_en")}<input name="en" required maxLength={100} /></label>
        <label>
          {t("like_category")}
          <select name="like" required>{categories.filter((one) => one.code !== "unclassified").map((one) => <option key={one.code} value={one.code}>{one.code} {t.named(one.name)}</option>)}</select>
        </label>
        <Told of={doing} done={told} />
        <span class="buttons"><button class="main" disabled={doing.isBusy}>{t("publish_version")}</button></span>
      </form>
    </details>
  );
}
