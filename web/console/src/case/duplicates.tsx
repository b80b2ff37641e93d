// Possible duplicates of a case with their scores, cases that were merged into it or linked with it, and the actions on
// them.
import { useState } from "preact/hooks";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { ACCEPT_JSON, callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { StatusTag } from "../ui/status-tag";
import type { IncidentDetail } from "./incident";

type DuplicateAction = "merge" | "link" | "unlink" | "take_out" | "take_me_out";
type ChosenAction = { act: DuplicateAction; id: string; case_no: string };
const SCORE_PARTS = ["distance", "category", "time", "text"] as const;
const FORM_TITLES = {
  merge: "merge_into_no",
  link: "link_with_no",
  unlink: "unlink_from_no",
  take_out: "take_out_no",
  take_me_out: "take_me_out",
} as const;

/** Send the API request of an action. */
async function performAction(incidentId: string, chosen: ChosenAction, reason: string, key: string): Promise<unknown> {
  const params = (id: string) => ({ path: { incident_id: id }, header: { "Idempotency-Key": key } });
  switch (chosen.act) {
    case "merge":
      return callApi(
        client.POST("/api/v1/incidents/{incident_id}/merge", {
          params: params(incidentId),
          body: { into_id: chosen.id, reason },
        }),
      );
    case "link":
      return callApi(
        client.POST("/api/v1/incidents/{incident_id}/link", {
          params: params(incidentId),
          body: { to_id: chosen.id, reason },
        }),
      );
    case "unlink":
      return callApi(
        client.POST("/api/v1/incidents/{incident_id}/unlink", {
          params: params(incidentId),
          body: { to_id: chosen.id, reason },
        }),
      );
    case "take_out":
    case "take_me_out":
      return callApi(
        client.POST("/api/v1/incidents/{incident_id}/unmerge", { params: params(chosen.id), body: { reason } }),
      );
  }
}

export function Duplicates(props: { incident: IncidentDetail; onDone: () => void }) {
  const t = useTranslation();
  const incident = props.incident;
  const [chosen, setChosen] = useState<ChosenAction | null>(null);
  const candidates = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/incidents/{incident_id}/duplicates", { params: { path: { incident_id: incident.id } } }),
      ),
    `alike ${incident.id} ${incident.version}`,
    false,
  );
  const begin = (act: DuplicateAction, other: { id?: string; case_no?: string }) =>
    setChosen({ act, id: other.id!, case_no: other.case_no ?? "" });
  const isLinked = (id: string | undefined) => incident.linked?.some((other) => other.id === id) ?? false;
  const button = (
    act: DuplicateAction,
    other: { id?: string; case_no?: string },
    word: "merge_into" | "link_with" | "unlink_from" | "take_out" | "take_me_out",
  ) => (
    <button
      type="button"
      class="small"
      aria-label={`${t(word)} ${other.case_no}`}
      onClick={() => begin(act, other)}
      data-testid={`${act}-${other.case_no}`}
    >
      {t(word)}
    </button>
  );
  const canDirect = incident.allowed?.includes("urge") || incident.allowed?.includes("lock") || !!incident.same_as;
  return (
    <section aria-labelledby="alike" data-testid="alike">
      <h2 id="alike">{t("alike")}</h2>
      {(incident.same_as || !!incident.merged?.length || !!incident.linked?.length) && (
        <ul class="notes" data-testid="same">
          {incident.same_as && (
            <li>
              {t("same_as")} <CaseLink other={incident.same_as} />{" "}
              {canDirect && button("take_me_out", incident, "take_me_out")}
            </li>
          )}
          {incident.merged?.map((other) => (
            <li key={other.id}>
              {t("merged_in")} <CaseLink other={other} /> {canDirect && button("take_out", other, "take_out")}
            </li>
          ))}
          {incident.linked?.map((other) => (
            <li key={other.id}>
              {t("linked_to")} <CaseLink other={other} /> {other.ended_as && <StatusTag status={other.ended_as} />}{" "}
              {canDirect && button("unlink", other, "unlink_from")}
            </li>
          ))}
        </ul>
      )}
      {chosen && (
        <ReasonForm
          key={`${chosen.act} ${chosen.id}`}
          incidentId={incident.id}
          chosen={chosen}
          onCancel={() => setChosen(null)}
          onDone={() => (setChosen(null), candidates.reload(), props.onDone())}
        />
      )}
      <Loaded query={candidates}>
        {(data) =>
          data.items?.length ? (
            <ul class="notes" data-testid="candidates-alike">
              {data.items.map((candidate) => (
                <li key={candidate.incident?.id}>
                  <CaseLink other={candidate.incident ?? {}} /> <StatusTag status={candidate.incident?.status ?? ""} />
                  <b>
                    {t("score")} {percent(candidate.score)}
                  </b>{" "}
                  <ScoreParts candidate={candidate} />
                  <p class="words">{candidate.incident?.description}</p>
                  <span class="buttons">
                    {candidate.acts?.some((act) => act.act === "merge") &&
                      !incident.same_as &&
                      button("merge", candidate.incident ?? {}, "merge_into")}
                    {candidate.acts?.some((act) => act.act === "link") &&
                      !isLinked(candidate.incident?.id) &&
                      button("link", candidate.incident ?? {}, "link_with")}
                  </span>
                </li>
              ))}
            </ul>
          ) : (
            <p class="quiet">{t("none_alike")}</p>
          )
        }
      </Loaded>
      <SearchRules rules={candidates.data?.rules} />
      {canDirect && !incident.same_as && <LinkByCaseNo onFound={(other) => begin("link", other)} />}
    </section>
  );
}

const percent = (share: number | null | undefined) => (share == null ? "" : `${Math.round(share * 100)} %`);

function CaseLink(props: { other: { id?: string; case_no?: string } }) {
  return <a href={`#/case/${props.other.id}`}>{props.other.case_no}</a>;
}

/** The score by part. A part that one of the two cases lacks has no weight. */
function ScoreParts(props: { candidate: Schemas["Candidate"] }) {
  const t = useTranslation();
  const { parts, distance_m, age_s } = props.candidate;
  const details = {
    distance: ` (${Math.round(distance_m ?? 0)} m)`,
    time: ` (${t.span(age_s ?? 0)})`,
    category: "",
    text: "",
  };
  const texts = SCORE_PARTS.map(
    (part) => `${t(`by_${part}`)} ${parts?.[part] == null ? t("says_nothing") : percent(parts[part]) + details[part]}`,
  );
  return <small>{texts.join(" · ")}</small>;
}

function SearchRules(props: { rules: Schemas["Candidates"]["rules"] | undefined }) {
  const t = useTranslation();
  if (!props.rules) return null;
  const { radius_m, days, score_least } = props.rules;
  return (
    <p class="quiet">{t("alike_rules", { radius: radius_m ?? "", days: days ?? "", least: percent(score_least) })}</p>
  );
}

function ReasonForm(props: { incidentId: string; chosen: ChosenAction; onCancel: () => void; onDone: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const name = t(FORM_TITLES[props.chosen.act], { no: props.chosen.case_no });
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim();
    if (await mutation.run((key) => performAction(props.incidentId, props.chosen, reason, key))) props.onDone();
  };
  return (
    <form class="act" onSubmit={(event) => void submit(event)} aria-label={name} data-testid="alike-form">
      <h3>{name}</h3>
      <label>
        {t("note")} <small>{t("required")}</small>
        <textarea name="reason" rows={2} maxLength={2000} required ref={(box) => box?.focus()} />
      </label>
      <MutationStatus mutation={mutation} />
      <span class="buttons">
        <button class="main" disabled={mutation.isBusy}>
          {t("confirm")}
        </button>
        <button type="button" class="plain" onClick={props.onCancel}>
          {t("cancel")}
        </button>
      </span>
    </form>
  );
}

/** Links a case that is not near, by its number. */
function LinkByCaseNo(props: { onFound: (other: { id: string; case_no: string }) => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const find = async (event: SubmitEvent) => {
    event.preventDefault();
    const caseNo = String(new FormData(event.currentTarget as HTMLFormElement).get("no")).trim();
    await mutation.run(async () => {
      const page = (await callApi(
        client.GET("/api/v1/incidents", { params: { query: { case_no: caseNo } }, headers: ACCEPT_JSON }),
      )) as { items?: Schemas["IncidentOut"][] };
      const [other] = page.items ?? [];
      if (!other) throw new CaseNotFound(t("no_such_case", { no: caseNo }));
      props.onFound({ id: other.id, case_no: other.case_no });
    });
  };
  return (
    <form class="row" onSubmit={(event) => void find(event)}>
      <label>
        {t("link_by_no")}
        <input name="no" required maxLength={40} />
      </label>
      <button disabled={mutation.isBusy}>{t("link_with")}</button>
      {mutation.error instanceof CaseNotFound ? (
        <p class="trouble" role="alert">
          {mutation.error.message}
        </p>
      ) : (
        <MutationStatus mutation={mutation} doneText="" />
      )}
    </form>
  );
}

class CaseNotFound extends Error {}
