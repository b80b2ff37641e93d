// Messages of a subscription: state, reason of a failure, and sending again.
import { useState } from "preact/hooks";
import { useMutation } from "../hooks/use-mutation";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { MutationStatus } from "../ui/mutation-status";
import { Table } from "../ui/table";
import { DELIVERY_STATE, EVENT_TYPE } from "../words/machines";
import { reasonText } from "./reason-text";
import type { Webhook } from "./webhook-form";

type Delivery = Schemas["WebhookDeliveryOut"];
const PAGE = 50;

/** `readCount`: the list is read again when it changes. */
export function Deliveries(props: { webhook: Webhook; readCount: number; onReplayed: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const [state, setState] = useState("");
  const [cursor, setCursor] = useState("");
  const [replayed, setReplayed] = useState(0);
  const path = { webhook_id: props.webhook.id ?? "" };
  const query = {
    limit: PAGE,
    ...(state ? { state: state as NonNullable<Delivery["state"]> } : {}),
    ...(cursor ? { cursor } : {}),
  };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/webhooks/{webhook_id}/deliveries", { params: { path, query } })),
    `deliveries ${path.webhook_id} ${state} ${cursor} ${props.readCount}`,
    false,
  );
  const replay = async (ids?: string[]) => {
    const isDone = await mutation.run(async () => {
      const body = ids ? { ids } : {};
      const outcome = await callApi(client.POST("/api/v1/webhooks/{webhook_id}/replay", { params: { path }, body }));
      setReplayed(outcome.replayed ?? 0);
    });
    if (!isDone) return;
    list.reload();
    props.onReplayed();
  };
  return (
    <>
      <form class="row" onSubmit={(event) => event.preventDefault()}>
        <label>
          {t("status")}
          <select
            value={state}
            onChange={(event) => (setCursor(""), setState(event.currentTarget.value))}
            data-testid="delivery-state"
          >
            <option value="">{t("all")}</option>
            {Object.keys(DELIVERY_STATE).map((code) => (
              <option key={code} value={code}>
                {t.code(DELIVERY_STATE, code)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={list.reload}>
          {t("reload")}
        </button>
        {!!props.webhook.dead && (
          <button type="button" disabled={mutation.isBusy} onClick={() => void replay()} data-testid="replay-dead">
            {t("replay_dead")}
          </button>
        )}
      </form>
      <MutationStatus mutation={mutation} doneText={t("replayed", { n: replayed })} />
      <Loaded query={list}>
        {(data) =>
          data.items.length === 0 ? (
            <p class="quiet">{t("no_deliveries")}</p>
          ) : (
            <Table
              caption={t("count_deliveries", { n: data.items.length })}
              heads={[
                t("delivery_event"),
                t("delivery_case"),
                t("status"),
                t("attempts"),
                t("delivery_reason"),
                t("row_actions"),
              ]}
              numbers={[3]}
              testid="delivery-table"
            >
              {data.items.map((item) => (
                <DeliveryRow
                  key={`${item.id} ${item.state}`}
                  item={item}
                  isBusy={mutation.isBusy}
                  onReplay={() => void replay([item.id ?? ""])}
                />
              ))}
            </Table>
          )
        }
      </Loaded>
      {(cursor || list.data?.next) && (
        <p class="pager">
          {cursor && (
            <button type="button" class="plain" onClick={() => setCursor("")}>
              {t("first_page")}
            </button>
          )}
          {list.data?.next && (
            <button type="button" class="plain" onClick={() => setCursor(list.data?.next ?? "")}>
              {t("next_page")}
            </button>
          )}
        </p>
      )}
    </>
  );
}

function DeliveryRow(props: { item: Delivery; isBusy: boolean; onReplay: () => void }) {
  const t = useTranslation();
  const { item } = props;
  const at = t.at(item.occurred_at);
  return (
    <tr data-testid={`delivery-${item.id}`}>
      <th scope="row">
        {t.code(EVENT_TYPE, item.type)} <small>{at}</small>
      </th>
      <td>
        {item.incident_id ? (
          <a href={`#/case/${item.incident_id}`}>
            {t("open_case")}
            <span class="unseen">: {at}</span>
          </a>
        ) : (
          t("none")
        )}
      </td>
      <td>
        <span class={item.state === "dead" ? "bad" : ""}>{t.code(DELIVERY_STATE, item.state)}</span>{" "}
        <small>
          {item.ended_at
            ? t.at(item.ended_at)
            : item.next_attempt_at && t("next_attempt", { at: t.at(item.next_attempt_at) })}
        </small>
      </td>
      <td class="number">{item.attempts}</td>
      <td class="words">{reasonText(t, item.reason)}</td>
      <td>
        {item.state !== "waiting" && (
          <button type="button" class="small" disabled={props.isBusy} onClick={props.onReplay} data-testid="replay">
            {t("replay")}
            <span class="unseen">: {t("replay_of", { at })}</span>
          </button>
        )}
      </td>
    </tr>
  );
}
