// Subscriptions to events of cases, of the account and of the service accounts that it manages: state, last messages, dead
// letters, test and replay.
import { useState } from "preact/hooks";
import { useAreaNames } from "../hooks/use-area-names";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { Deliveries } from "../machines/deliveries";
import { type Webhook, WebhookDialog } from "../machines/webhook-form";
import { callApi, client } from "../session";
import { ConfirmButton } from "../ui/confirm-button";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Page } from "../ui/page";
import { SecretOnce } from "../ui/secret-once";
import { EVENT_TYPE, PAUSE_REASON, WEBHOOK_STATE } from "../words/machines";

export default function WebhooksPage() {
  const t = useTranslation();
  const [edited, setEdited] = useState<Webhook | "new" | null>(null);
  const [secret, setSecret] = useState("");
  const list = useQuery(
    () => callApi(client.GET("/api/v1/webhooks", { params: { query: { limit: 500 } } })),
    "webhooks",
    false,
  );
  return (
    <Page
      title={t("webhooks")}
      testid="webhooks"
      tools={
        <>
          <button type="button" class="plain" onClick={list.reload} data-testid="reload">
            {t("reload")}
          </button>
          <button type="button" class="main" onClick={() => setEdited("new")} data-testid="new-webhook">
            {t("new_webhook")}
          </button>
        </>
      }
    >
      <p class="quiet">{t("webhooks_mean")}</p>
      {secret && <SecretOnce text={t("webhook_secret_once")} secret={secret} onHide={() => setSecret("")} />}
      <Loaded query={list}>
        {({ items }) =>
          items.length === 0 ? (
            <p data-testid="no-webhooks">{t("no_webhooks")}</p>
          ) : (
            <Subscriptions items={items} onEdit={setEdited} onSecret={setSecret} reload={list.reload} />
          )
        }
      </Loaded>
      {edited && (
        <WebhookDialog
          webhook={edited === "new" ? null : edited}
          onClose={() => setEdited(null)}
          onDone={(newSecret) => {
            setEdited(null);
            if (newSecret) setSecret(newSecret);
            list.reload();
          }}
        />
      )}
    </Page>
  );
}

function Subscriptions(props: {
  items: Webhook[];
  onEdit: (webhook: Webhook) => void;
  onSecret: (secret: string) => void;
  reload: () => void;
}) {
  const t = useTranslation();
  const areaName = useAreaNames(props.items.map((item) => item.area_id));
  return (
    <>
      <p class="quiet">{t("count_webhooks", { n: props.items.length })}</p>
      {props.items.map((item) => (
        <Subscription key={item.id} item={item} areaName={areaName(item.area_id)} {...props} />
      ))}
    </>
  );
}

function Subscription(props: {
  item: Webhook;
  areaName: string;
  onEdit: (webhook: Webhook) => void;
  onSecret: (secret: string) => void;
  reload: () => void;
}) {
  const t = useTranslation();
  const mutation = useMutation();
  const [doneText, setDoneText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [readCount, setReadCount] = useState(0);
  const { item } = props;
  const params = { path: { webhook_id: item.id ?? "" } };
  const run = async (text: string, request: () => Promise<unknown>) => {
    setDoneText(text);
    if (!(await mutation.run(request))) return;
    setReadCount((n) => n + 1);
    props.reload();
  };
  const setState = (state: "active" | "paused") =>
    run("", () => callApi(client.PATCH("/api/v1/webhooks/{webhook_id}", { params, body: { state } })));
  const test = () =>
    run(t("test_sent"), async () => {
      await callApi(client.POST("/api/v1/webhooks/{webhook_id}/test", { params }));
      setOpen(true);
    });
  const rotate = () =>
    run("", async () =>
      props.onSecret((await callApi(client.POST("/api/v1/webhooks/{webhook_id}/secret", { params }))).secret ?? ""),
    );
  const end = () => run("", () => callApi(client.DELETE("/api/v1/webhooks/{webhook_id}", { params })));
  const heading = `webhook-${item.id}`;
  return (
    <section class="card" aria-labelledby={heading} data-testid={heading}>
      <h2 id={heading} class="words">
        {item.description || item.url}
      </h2>
      <dl>
        <dt>{t("webhook_account")}</dt>
        <dd data-testid="webhook-account">{item.service_account?.name ?? t("webhook_of_own_account")}</dd>
        <dt>{t("webhook_receiver")}</dt>
        <dd>{item.url}</dd>
        <dt>{t("status")}</dt>
        <dd data-testid="webhook-state">
          <WebhookState item={item} />
        </dd>
        <dt>{t("webhook_filter")}</dt>
        <dd>
          {item.types?.length ? t.list(item.types.map((type) => t.code(EVENT_TYPE, type))) : t("all_events")} ·{" "}
          {item.categories?.length ? t.list(item.categories) : t("all_categories")} · {props.areaName}
        </dd>
        <dt>{t("webhook_last_success")}</dt>
        <dd>{item.last_sent_at ? t.at(item.last_sent_at) : t("none")}</dd>
        <dt>{t("webhook_waiting")}</dt>
        <dd>{item.waiting}</dd>
        <dt>{t("webhook_dead")}</dt>
        <dd data-testid="dead-count" class={item.dead ? "bad" : ""}>
          {item.dead}
        </dd>
      </dl>
      <p class="acts">
        <button type="button" disabled={mutation.isBusy} onClick={() => void test()} data-testid="send-test">
          {t("send_test")}
        </button>
        <button type="button" onClick={() => props.onEdit(item)} data-testid="edit-webhook">
          {t("edit_webhook")}
        </button>
        <button
          type="button"
          disabled={mutation.isBusy}
          onClick={() => void setState(item.state === "active" ? "paused" : "active")}
          data-testid="toggle-webhook"
        >
          {t(item.state === "active" ? "pause_webhook" : "activate_webhook")}
        </button>
        <ConfirmButton
          text={t("new_secret")}
          confirmText={t("really_new_secret")}
          mutation={mutation}
          onConfirm={() => void rotate()}
          testid="new-secret"
        />
        <ConfirmButton
          text={t("end_webhook")}
          confirmText={t("really_end_webhook")}
          mutation={mutation}
          onConfirm={() => void end()}
          testid="end-webhook"
        />
      </p>
      <MutationStatus mutation={mutation} {...(doneText ? { doneText } : {})} />
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)} data-testid="deliveries">
        <summary>{t("deliveries")}</summary>
        {isOpen && <Deliveries webhook={item} readCount={readCount} onReplayed={props.reload} />}
      </details>
    </section>
  );
}

function WebhookState(props: { item: Webhook }) {
  const t = useTranslation();
  const { item } = props;
  const isPaused = item.state === "paused";
  return (
    <>
      <span class={isPaused ? "bad" : "good"}>{t.code(WEBHOOK_STATE, item.state)}</span>
      {item.paused_because && ` · ${t.code(PAUSE_REASON, item.paused_because)}`}
      {item.failing_since && (
        <>
          {" "}
          · <span class="bad">{t("failing_since", { at: t.at(item.failing_since) })}</span>
        </>
      )}
      {item.next_attempt_at && ` · ${t("next_attempt", { at: t.at(item.next_attempt_at) })}`}
    </>
  );
}
