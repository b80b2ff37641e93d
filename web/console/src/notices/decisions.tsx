// What may be done with a notice now: publish, approve, refuse, edit, withdraw.
import type { ComponentChildren } from "preact";
import { hasPermission, useMe } from "../hooks/use-me";
import { type Mutation, useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { ConfirmButton } from "../ui/confirm-button";
import { MutationStatus } from "../ui/mutation-status";
import type { Notice } from "./notice";

type Act = {
  notice: Notice;
  preview: Schemas["NoticePreview"];
  mutation: Mutation;
  run: (request: () => Promise<unknown>) => void;
};

/** `preview`: what the person sees, whose number is confirmed; null for a notice that was published. */
export function NoticeDecisions(props: {
  notice: Notice;
  preview: Schemas["NoticePreview"] | null;
  reload: () => void;
}) {
  const me = useMe();
  const mutation = useMutation();
  const { notice, preview } = props;
  // After a refusal too: the number of households may be another one by now.
  const run = (request: () => Promise<unknown>) => void mutation.run(request).then(props.reload);
  const isAuthor = notice.author.id === me.id;
  const mayWrite = hasPermission(me, "notice:write");
  return (
    <div data-testid="notice-decisions">
      {preview && notice.state === "draft" && isAuthor && mayWrite && (
        <Publish notice={notice} preview={preview} mutation={mutation} run={run} />
      )}
      {preview && notice.state === "awaiting_approval" && (
        <Approval notice={notice} preview={preview} mutation={mutation} run={run} isAuthor={isAuthor} />
      )}
      <MutationStatus mutation={mutation} />
      {mayWrite && notice.state !== "withdrawn" && notice.state !== "ended" && (
        <Withdrawal notice={notice} mutation={mutation} run={run} />
      )}
    </div>
  );
}

function Publish(props: Act) {
  const t = useTranslation();
  const { notice, preview } = props;
  const n = preview.households;
  const publish = () =>
    props.run(() =>
      callApi(
        client.POST("/api/v1/notices/{notice_id}/publish", {
          params: { path: { notice_id: notice.id } },
          body: { confirmed_households: n },
        }),
      ),
    );
  return (
    <>
      <p class={n >= preview.approval_from ? "" : "quiet"} data-testid="second-person">
        {t(n >= preview.approval_from ? "second_person" : "alone_counts", { n: preview.approval_from })}
      </p>
      {n === 0 && <p class="bad">{t("reaches_nobody")}</p>}
      <p class="buttons">
        {n > 0 && (
          <ConfirmButton
            key={n}
            text={t("publish_notice", { n })}
            confirmText={t("really_publish", { n })}
            mutation={props.mutation}
            onConfirm={publish}
            testid="publish"
          />
        )}
        <a href={`#/notice/${notice.id}?edit=1`} data-testid="edit-notice">
          {t("edit_notice")}
        </a>
      </p>
    </>
  );
}

function Approval(props: Act & { isAuthor: boolean }) {
  const t = useTranslation();
  const me = useMe();
  const { notice, preview } = props;
  const n = preview.households;
  const params = { path: { notice_id: notice.id } };
  const approve = (note: string) =>
    props.run(() =>
      callApi(
        client.POST("/api/v1/notices/{notice_id}/approve", {
          params,
          body: { confirmed_households: n, ...(note ? { note } : {}) },
        }),
      ),
    );
  const refuse = (note: string) =>
    props.run(() => callApi(client.POST("/api/v1/notices/{notice_id}/refuse", { params, body: { note } })));
  return (
    <>
      <p data-testid="waits">
        {t("waits_second")} {t("confirmed_by_author", { n: notice.households ?? 0 })}
      </p>
      {!props.isAuthor && hasPermission(me, "notice:approve") && (
        <>
          <WordsForm label={t("approve_note")} isRequired={false} onSubmit={approve} testid="approve">
            <button class="main" disabled={props.mutation.isBusy}>
              {t("approve_notice", { n })}
            </button>
          </WordsForm>
          <details data-testid="refusal">
            <summary>{t("refuse_notice")}</summary>
            <WordsForm label={t("refuse_reason")} isRequired onSubmit={refuse} testid="refuse">
              <button class="grave" disabled={props.mutation.isBusy}>
                {t("refuse_notice")}
              </button>
            </WordsForm>
          </details>
        </>
      )}
    </>
  );
}

function Withdrawal(props: Omit<Act, "preview">) {
  const t = useTranslation();
  const params = { path: { notice_id: props.notice.id } };
  const withdraw = (reason: string) =>
    props.run(() => callApi(client.POST("/api/v1/notices/{notice_id}/withdraw", { params, body: { reason } })));
  return (
    <details data-testid="withdrawal">
      <summary>{t("withdraw_notice")}</summary>
      <p class="quiet">{t("withdraw_means")}</p>
      <WordsForm label={t("withdraw_reason")} isRequired onSubmit={withdraw} testid="withdraw">
        <button class="grave" disabled={props.mutation.isBusy}>
          {t("withdraw_notice")}
        </button>
      </WordsForm>
    </details>
  );
}

function WordsForm(props: {
  label: string;
  isRequired: boolean;
  onSubmit: (words: string) => void;
  testid: string;
  children: ComponentChildren;
}) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    props.onSubmit(String(new FormData(event.currentTarget as HTMLFormElement).get("words")).trim());
  };
  return (
    <form class="row" onSubmit={submit} data-testid={props.testid}>
      <label>
        {props.label}
        <input name="words" required={props.isRequired} minLength={props.isRequired ? 4 : undefined} maxLength={500} />
      </label>
      {props.children}
    </form>
  );
}
