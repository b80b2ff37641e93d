// Unclassified reports with similar texts: file them under an existing category, or publish a profile version with a new
// one.
import { useState } from "preact/hooks";
import { clearReferenceData, useCategories } from "../hooks/reference-data";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { MutationStatus } from "../ui/mutation-status";

/** Number of cases in one bulk request; the rest is filed by the next. */
const BULK_LIMIT = 100;
type Named = { code: string; name: { zh: string; en: string } };
type Category = Named & Record<string, unknown>;

export function TextCluster(props: { signal: Schemas["SignalDetail"]; onDone: () => void }) {
  const t = useTranslation();
  const me = useMe();
  const mutation = useMutation();
  const [statusText, setStatusText] = useState("");
  const [published, setPublished] = useState<Named[]>([]);
  const listed = [...useCategories().values()] as Named[];
  // The cached list does not contain categories that were just published.
  const categories = [
    ...listed,
    ...published.filter((category) => !listed.some((other) => other.code === category.code)),
  ];
  const members = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/supervision/signals/{signal_id}/members", {
          params: { path: { signal_id: props.signal.id }, query: { limit: BULK_LIMIT } },
        }),
      ),
    `pile ${props.signal.id}`,
  );
  // The jurisdiction is part of the signal's link.
  const jurisdictionCode = /\/jurisdictions\/([^/]+)\/profile/.exec(
    props.signal.does?.find((link) => link.act === "profile")?.path ?? "",
  )?.[1];
  const ids = (members.data?.items ?? []).filter((member) => member.kind === "incident").map((member) => member.id);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const body = {
      category: String(formData.get("category")),
      note: String(formData.get("note")).trim(),
      coord_sys: "wgs84" as const,
    };
    const isDone = await mutation.run(async (key) => {
      const response = await callApi(
        client.POST("/api/v1/incidents/bulk", {
          headers: { "Idempotency-Key": key },
          body: { action: "correct", ids, body },
        }),
      );
      const why = response.items?.find((result) => !result.ok)?.message ?? "";
      setStatusText(`${t("refiled", { n: response.done ?? 0, m: response.failed ?? 0 })} ${why}`.trim());
    });
    if (isDone) props.onDone();
  };
  return (
    <section aria-labelledby="pile" data-testid="pile">
      <h2 id="pile">{t("mend_pile")}</h2>
      <p class="quiet">{t("mend_means")}</p>
      {jurisdictionCode && (hasPermission(me, "profile:edit") || hasPermission(me, "profile:extend")) ? (
        <NewCategory
          jurisdictionCode={jurisdictionCode}
          signalId={props.signal.id}
          onDone={(category) => setPublished((before) => [...before, category])}
        />
      ) : (
        <p class="quiet">{t("rules_are_for")}</p>
      )}
      <form class="act" onSubmit={(event) => void submit(event)} aria-label={t("mend_pile")} data-testid="refile">
        <label>
          {t("category")}
          <select name="category" key={categories.length} required>
            <option value="">{t("choose")}</option>
            {categories
              .filter((option) => option.code !== "unclassified")
              .map((option) => (
                <option key={option.code} value={option.code}>
                  {option.code} {t.named(option.name)}
                </option>
              ))}
          </select>
        </label>
        <label>
          {t("note")} <small>{t("required")}</small>
          <textarea name="note" rows={2} required maxLength={2000} />
        </label>
        <MutationStatus mutation={mutation} doneText={statusText} />
        <span class="buttons">
          <button class="main" disabled={mutation.isBusy || ids.length === 0}>
            {t("refile", { n: ids.length })}
          </button>
        </span>
      </form>
    </section>
  );
}

/** Publishes a profile version with one more category, copied from an existing one. The version cites the signal. */
function NewCategory(props: { jurisdictionCode: string; signalId: string; onDone: (category: Named) => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const [statusText, setStatusText] = useState("");
  const categories = [...useCategories().values()];
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const formData = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(formData.get(name) ?? "").trim();
    const code = decodeURIComponent(props.jurisdictionCode);
    await mutation.run(async (key) => {
      const profile = await callApi(client.GET("/api/v1/jurisdictions/{code}/profile", { params: { path: { code } } }));
      const data = structuredClone(profile.data) as { taxonomy: { categories: Category[] } } & Record<string, unknown>;
      const template = data.taxonomy.categories.find((category) => category.code === text("like"));
      data.taxonomy.categories.push({
        ...(template as Category),
        code: text("code"),
        name: { zh: text("zh"), en: text("en") },
      });
      const version = await callApi(
        client.POST("/api/v1/jurisdictions/{code}/profile", {
          params: { path: { code }, header: { "Idempotency-Key": key } },
          body: { ...profile, data } as never,
        }),
      );
      await callApi(
        client.PUT("/api/v1/jurisdictions/{code}/profile/versions/{number}/evidence", {
          params: { path: { code, number: version.number } },
          body: { items: [{ kind: "signal", id: props.signalId, note: "" }], publish_summary: false },
        }),
      );
      clearReferenceData();
      setStatusText(t("published", { n: version.number ?? "" }));
      props.onDone({ code: text("code"), name: { zh: text("zh"), en: text("en") } });
    });
  };
  return (
    <details>
      <summary>{t("new_category")}</summary>
      <form
        class="act"
        onSubmit={(event) => void submit(event)}
        aria-label={t("new_category")}
        data-testid="new-category"
      >
        <label>
          {t("signals_new_code")}
          <input name="code" required maxLength={40} />
        </label>
        <label>
          {t("signals_name_zh")}
          <input name="zh" required maxLength={100} />
        </label>
        <label>
          {t("signals_name_en")}
          <input name="en" required maxLength={100} />
        </label>
        <label>
          {t("like_category")}
          <select name="like" required>
            {categories
              .filter((option) => option.code !== "unclassified")
              .map((option) => (
                <option key={option.code} value={option.code}>
                  {option.code} {t.named(option.name)}
                </option>
              ))}
          </select>
        </label>
        <MutationStatus mutation={mutation} doneText={statusText} />
        <span class="buttons">
          <button class="main" disabled={mutation.isBusy}>
            {t("publish_version")}
          </button>
        </span>
      </form>
    </details>
  );
}
