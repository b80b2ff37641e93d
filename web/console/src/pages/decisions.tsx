// What waits for me: each thing with what one has to know of it, and decided where it stands.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ActForm } from "../case/transitions";
import type { Begun, Case, Listed } from "../case/types";
import { Approval, useApprovals } from "../exchange/approvals";
import { useCategoryName } from "../hooks/reference-data";
import { may, useMe } from "../hooks/use-me";
import { useDoing } from "../hooks/use-mutation";
import { useLoaded } from "../hooks/use-query";
import { useWords } from "../hooks/use-translation";
import { client, load, PLAIN, type Schemas } from "../session";
import { Due } from "../ui/due-time";
import { Ready } from "../ui/loaded";
import { Told } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { StatusTag } from "../ui/status-tag";
import type { Word } from "../words";
import { STEP } from "../words/codes";
import { CONTESTED_FIGURE, OUTCOME_OF_CALL } from "../words/decisions";

const MOST = 20;

export default function DecisionsPage() {
  const t = useWords();
  const me = useMe();
  const calls = useLoaded(() => load(client.GET("/api/v1/sos", { params: { query: { status: "open", limit: MOST } } })), "calls");
  const proposed = useLoaded(() => load(client.GET("/api/v1/supervision/queue", { params: { query: { reason: "proposed", limit: MOST } } })), "proposed");
  const contests = useLoaded(() => load(client.GET("/api/v1/supervision/contests", { params: { query: { limit: MOST } } })), "contests");
  const approvals = useApprovals(may(me, "export:approve"), me.id);
  const proposals = proposed.data?.items?.map((item) => ({ case: { ...item.incident, proposal: item.proposal } as Case, said: t.named(item.sentence) }));
  return (
    <Page title={t("decisions")} testid="decisions">
      <Ready of={calls}>
        {(data) => (
          <Section title="calls_for_help" count={data.items?.length ?? 0}>
            {data.items?.map((one) => <Call key={one.id} of={one} onDone={calls.reload} />)}
          </Section>
        )}
      </Ready>
      <Ready of={proposed}>
        {() => (
          <Section title="proposals" count={proposals?.length ?? 0}>
            {proposals?.map((one) => (
              <ToDecide key={one.case.id} of={one.case} acts={["confirm", "reassign"]} onDone={proposed.reload}>
                {t("proposed", { name: one.case.proposal?.worker?.name ?? "", at: t.at(one.case.proposal?.until) })}
              </ToDecide>
            ))}
          </Section>
        )}
      </Ready>
      <Cases title="extensions" filter={{ extension: "true" }} acts={["grant_extension", "refuse_extension"]} />
      <Cases title="contested_cases" filter={{ contested: "true", waiting: "true" }} acts={["redispatch", "reassign", "force_close"]} />
      <Cases title="to_verify" filter={{ status: "collected,verifying", waiting: "true" }} acts={["file", "assign_verify", "not_file"]} />
      <Ready of={contests}>
        {(data) => (
          <Section title="figures_contested" count={data.items?.length ?? 0}>
            {data.items?.map((one) => <Contest key={one.id} of={one} onDone={contests.reload} />)}
          </Section>
        )}
      </Ready>
      {may(me, "export:approve") && (
        <Ready of={approvals}>
          {(runs) => (
            <Section title="exports_waiting" count={runs.length}>
              {runs.map((run) => <Approval key={run.id} of={run} onDone={approvals.reload} />)}
            </Section>
          )}
        </Ready>
      )}
    </Page>
  );
}

function Section(props: { title: Word; count: number; more?: string | undefined; children: ComponentChildren }) {
  const t = useWords();
  return (
    <section aria-labelledby={props.title} data-testid={`waits-${props.title}`}>
      <h2 id={props.title}>{t(props.title)} ({props.count}{props.more ? "+" : ""})</h2>
      {props.count > 0 ? <ul class="notes">{props.children}</ul> : <p class="quiet">{t("nothing_waits")}</p>}
      {props.more && <p><a href={props.more}>{t("more_of_these")}</a></p>}
    </section>
  );
}

/** Cases of a filter that I direct. */
function Cases(props: { title: Word; filter: Record<string, string>; acts: readonly string[] }) {
  const t = useWords();
  const query = { ...props.filter, directed: "true" };
  const found = useLoaded(
    () => load(client.GET("/api/v1/incidents", { params: { query: { ...query, limit: MOST } as never }, headers: PLAIN })) as Promise<Listed>,
    `decide ${props.title}`,
  );
  const more = found.data?.next ? `#/cases?${new URLSearchParams(query)}` : undefined;
  return (
    <Ready of={found}>
      {(data) => (
        <Section title={props.title} count={data.items?.length ?? 0} more={more}>
          {data.items?.map((one) => (
            <ToDecide key={one.id} of={one as Case} acts={props.acts} onDone={found.reload}>
              {one.extension && t("more_time_of", { at: t.at(one.extension.since), n: one.extension.amount ?? "" })}
              {!one.extension && one.waiting && t("waits_since", { at: t.at(one.waiting.since) })}
            </ToDecide>
          ))}
        </Section>
      )}
    </Ready>
  );
}

/** A case, what is asked about it, and a form for each way of deciding. */
function ToDecide(props: { of: Case; acts: readonly string[]; onDone: () => void; children: ComponentChildren }) {
  const t = useWords();
  const category = useCategoryName();
  const [begun, setBegun] = useState<Begun>(null);
  const one = props.of;
  return (
    <li data-testid={`decide-${one.case_no}`}>
      <a href={`#/case/${one.id}`}>{one.case_no}</a> <StatusTag status={one.status ?? ""} overdue={one.is_overdue ?? false} /> {category(one.category)}{" "}
      <Due at={one.due_at} overdue={one.is_overdue} />
      <p class="words">{one.description}</p>
      <p class="order">{props.children}</p>
      <span class="buttons">
        {props.acts.map((action) => (
          <button
            key={action}
            type="button"
            class="small"
            aria-expanded={begun?.action === action}
            aria-label={`${t.code(STEP, action)} ${one.case_no}`}
            onClick={() => setBegun(begun?.action === action ? null : { action, worker: null })}
            data-testid={`decide-${action}`}
          >
            {t.code(STEP, action)}
          </button>
        ))}
      </span>
      {begun && <ActForm key={begun.action} of={one} begun={begun} onDone={() => (setBegun(null), props.onDone())} onCancel={() => setBegun(null)} />}
    </li>
  );
}

function Contest(props: { of: Schemas["ContestOfWorker"]; onDone: () => void }) {
  const t = useWords();
  const doing = useDoing();
  const { of } = props;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim();
    const outcome = (event.submitter as HTMLButtonElement | null)?.value === "upheld" ? ("upheld" as const) : ("dismissed" as const);
    const isDone = await doing.run(() =>
      load(client.POST("/api/v1/supervision/contests/{contest_id}/resolve", { params: { path: { contest_id: of.id! } }, body: { outcome, reason } })),
    );
    if (isDone) props.onDone();
  };
  return (
    <li data-testid={`contest-${of.id}`}>
      <b>{t("contests_figure", { name: of.worker?.name ?? "", figure: t.code(CONTESTED_FIGURE, of.figure) })}</b> {of.member_id && `(${t("contests_one")})`}
      <p class="words">{of.words}</p>
      <small>{t.at(of.made_at)}</small>
      <form class="row" onSubmit={(event) => void submit(event)} aria-label={t("figures_contested")}>
        <label>
          {t("note")}
          <input name="reason" required maxLength={500} />
        </label>
        <button value="upheld" disabled={doing.isBusy}>{t("uphold")}</button>
        <button value="dismissed" disabled={doing.isBusy}>{t("dismiss")}</button>
        <Told of={doing} />
      </form>
    </li>
  );
}

function Call(props: { of: Schemas["SosOut"]; onDone: () => void }) {
  const t = useWords();
  const doing = useDoing();
  const { of } = props;
  const params = { path: { sos_id: of.id! } };
  const take = async () => {
    if (await doing.run(() => load(client.POST("/api/v1/sos/{sos_id}/acknowledge", { params })))) props.onDone();
  };
  const close = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const note = String(said.get("note") ?? "").trim();
    const body = { outcome: said.get("outcome") as Schemas["CloseSos"]["outcome"], ...(note ? { note } : {}) };
    if (await doing.run(() => load(client.POST("/api/v1/sos/{sos_id}/close", { params, body })))) props.onDone();
  };
  return (
    <li class="call" data-testid={`call-${of.id}`}>
      <b class="bad">{of.worker?.name}</b> {t("raised_at", { at: t.at(of.raised_at) })} {!!of.late_s && `(${t("late_call", { span: t.span(of.late_s) })})`}
      {of.note && <p class="words">{of.note}</p>}
      <p>
        {of.place
          ? `${of.place.lon?.toFixed(5)}, ${of.place.lat?.toFixed(5)} ${of.place.accuracy_m ? t("accuracy", { n: Math.round(of.place.accuracy_m) }) : ""}`
          : t(of.place_erased_at ? "place_gone" : "call_no_place")}
      </p>
      <small>{t("told_to_n", { names: of.told?.map((one) => one.name).join("、") ?? "" })}</small>
      {of.acknowledged ? (
        <p class="good">{t("acknowledged_by", { name: of.acknowledged.by?.name ?? "", at: t.at(of.acknowledged.at) })}</p>
      ) : (
        <p><button type="button" class="main" disabled={doing.isBusy} onClick={() => void take()} data-testid="take-care">{t("take_care")}</button></p>
      )}
      <form class="row" onSubmit={(event) => void close(event)} aria-label={t("close_call")}>
        <label>
          {t("note")} <small>{t("optional")}</small>
          <input name="note" maxLength={500} />
        </label>
        <label>
          {t("how_it_came_out")}
          <select name="outcome">{Object.keys(OUTCOME_OF_CALL).map((code) => <option key={code} value={code}>{t.code(OUTCOME_OF_CALL, code)}</option>)}</select>
        </label>
        <button disabled={doing.isBusy} data-testid="close-call">{t("close_call")}</button>
        <Told of={doing} />
      </form>
    </li>
  );
}
