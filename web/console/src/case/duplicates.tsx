// Cases that may be the same matter, with what speaks for it; and those that are said to be: ended in this one, or beside it.
import { useState } from "preact/hooks";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load, PLAIN, type Schemas } from "../session";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { StatusTag } from "../ui/status-tag";
import type { Case } from "./types";

type Act = "merge" | "link" | "unlink" | "take_out" | "take_me_out";
type Chosen = { act: Act; id: string; case_no: string };
const PARTS = ["distance", "category", "time", "text"] as const;
const NAMES = { merge: "merge_into_no", link: "link_with_no", unlink: "unlink_from_no", take_out: "take_out_no", take_me_out: "take_me_out" } as const;

/** What each act is at the API: on whose case, and what it names. */
async function done(mine: string, chosen: Chosen, reason: string, key: string): Promise<unknown> {
  const on = (id: string) => ({ path: { incident_id: id }, header: { "Idempotency-Key": key } });
  switch (chosen.act) {
    case "merge":
      return load(client.POST("/api/v1/incidents/{incident_id}/merge", { params: on(mine), body: { into: chosen.id, reason } }));
    case "link":
      return load(client.POST("/api/v1/incidents/{incident_id}/link", { params: on(mine), body: { to: chosen.id, reason } }));
    case "unlink":
      return load(client.POST("/api/v1/incidents/{incident_id}/unlink", { params: on(mine), body: { to: chosen.id, reason } }));
    case "take_out":
    case "take_me_out":
      return load(client.POST("/api/v1/incidents/{incident_id}/unmerge", { params: on(chosen.id), body: { reason } }));
  }
}

export function Alike(props: { of: Case; onDone: () => void }) {
  const t = useWords();
  const one = props.of;
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const found = useLoaded(
    () => load(client.GET("/api/v1/incidents/{incident_id}/duplicates", { params: { path: { incident_id: one.id! } } })),
    `alike ${one.id} ${one.version}`,
    false,
  );
  const begin = (act: Act, other: { id?: string; case_no?: string }) => setChosen({ act, id: other.id!, case_no: other.case_no ?? "" });
  const isIn = (id: string | undefined) => one.linked?.some((other) => other.id === id) ?? false;
  const button = (act: Act, other: { id?: string; case_no?: string }, word: "merge_into" | "link_with" | "unlink_from" | "take_out" | "take_me_out") => (
    <button type="button" class="small" aria-label={`${t(word)} ${other.case_no}`} onClick={() => begin(act, other)} data-testid={`${act}-${other.case_no}`}>
      {t(word)}
    </button>
  );
  const directs = one.allowed?.includes("urge") || one.allowed?.includes("lock") || !!one.same_as;
  return (
    <section aria-labelledby="alike" data-testid="alike">
      <h2 id="alike">{t("alike")}</h2>
      {(one.same_as || !!one.merged?.length || !!one.linked?.length) && (
        <ul class="notes" data-testid="same">
          {one.same_as && <li>{t("same_as")} <To other={one.same_as} /> {directs && button("take_me_out", one, "take_me_out")}</li>}
          {one.merged?.map((other) => <li key={other.id}>{t("merged_in")} <To other={other} /> {directs && button("take_out", other, "take_out")}</li>)}
          {one.linked?.map((other) => <li key={other.id}>{t("linked_to")} <To other={other} /> {other.ended_as && <StatusTag status={other.ended_as} />} {directs && button("unlink", other, "unlink_from")}</li>)}
        </ul>
      )}
      {chosen && <Reason key={`${chosen.act} ${chosen.id}`} mine={one.id!} chosen={chosen} onCancel={() => setChosen(null)} onDone={() => (setChosen(null), found.reload(), props.onDone())} />}
      <Ready of={found}>
        {(data) =>
          data.items?.length ? (
            <ul class="notes" data-testid="candidates-alike">
              {data.items.map((each) => (
                <li key={each.incident?.id}>
                  <To other={each.incident ?? {}} /> <StatusTag status={each.incident?.status ?? ""} />
                  <b>{t("score")} {percent(each.score)}</b> <Parts of={each} />
                  <p class="words">{each.incident?.description}</p>
                  <span class="buttons">
                    {each.acts?.some((act) => act.act === "merge") && !one.same_as && button("merge", each.incident ?? {}, "merge_into")}
                    {each.acts?.some((act) => act.act === "link") && !isIn(each.incident?.id) && button("link", each.incident ?? {}, "link_with")}
                  </span>
                </li>
              ))}
            </ul>
          ) : (
            <p class="quiet">{t("none_alike")}</p>
          )
        }
      </Ready>
      <Rules of={found.data?.rules} />
      {directs && !one.same_as && <ByNumber onFound={(other) => begin("link", other)} />}
    </section>
  );
}

const percent = (share: number | null | undefined) => (share == null ? "" : `${Math.round(share * 100)} %`);

function To(props: { other: { id?: string; case_no?: string } }) {
  return <a href={`#/case/${props.other.id}`}>{props.other.case_no}</a>;
}

/** What speaks for it, part by part; what one of the two says nothing of has no weight. */
function Parts(props: { of: Schemas["Candidate"] }) {
  const t = useWords();
  const { parts, distance_m, age_s } = props.of;
  const beside = { distance: ` (${Math.round(distance_m ?? 0)} m)`, time: ` (${t.span(age_s ?? 0)})`, category: "", text: "" };
  const said = PARTS.map((part) => `${t(`by_${part}`)} ${parts?.[part] == null ? t("says_nothing") : percent(parts[part]) + beside[part]}`);
  return <small>{said.join(" · ")}</small>;
}

function Rules(props: { of: Schemas["Candidates"]["rules"] | undefined }) {
  const t = useWords();
  if (!props.of) return null;
  const { radius_m, days, score_least } = props.of;
  return <p class="quiet">{t("alike_rules", { radius: radius_m ?? "", days: days ?? "", least: percent(score_least) })}</p>;
}

function Reason(props: { mine: string; chosen: Chosen; onCancel: () => void; onDone: () => void }) {
  const t = useWords();
  const doing = useDoing();
  const name = t(NAMES[props.chosen.act], { no: props.chosen.case_no });
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim();
    if (await doing.run((key) => done(props.mine, props.chosen, reason, key))) props.onDone();
  };
  return (
    <form class="act" onSubmit={(event) => void submit(event)} aria-label={name} data-testid="alike-form">
      <h3>{name}</h3>
      <label>
        {t("note")} <small>{t("required")}</small>
        <textarea name="reason" rows={2} maxLength={2000} required ref={(box) => box?.focus()} />
      </label>
      <Told of={doing} />
      <span class="buttons">
        <button class="main" disabled={doing.isBusy}>{t("confirm")}</button>
        <button type="button" class="plain" onClick={props.onCancel}>{t("cancel")}</button>
      </span>
    </form>
  );
}

/** A case that is not near by, named over the telephone. */
function ByNumber(props: { onFound: (other: { id: string; case_no: string }) => void }) {
  const t = useWords();
  const doing = useDoing();
  const find = async (event: SubmitEvent) => {
    event.preventDefault();
    const no = String(new FormData(event.currentTarget as HTMLFormElement).get("no")).trim();
    await doing.run(async () => {
      const page = (await load(client.GET("/api/v1/incidents", { params: { query: { case_no: no } }, headers: PLAIN }))) as { items?: Schemas["IncidentOut"][] };
      const [other] = page.items ?? [];
      if (!other) throw new Missing(t("no_such_case", { no }));
      props.onFound({ id: other.id!, case_no: other.case_no! });
    });
  };
  return (
    <form class="row" onSubmit={(event) => void find(event)}>
      <label>
        {t("link_by_no")}
        <input name="no" required maxLength={40} />
      </label>
      <button disabled={doing.isBusy}>{t("link_with")}</button>
      {doing.error instanceof Missing ? <p class="trouble" role="alert">{doing.error.message}</p> : <Told of={doing} done="" />}
    </form>
  );
}

class Missing extends Error {}
