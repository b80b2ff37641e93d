// SMS that came in, with what became of them; those that a person has to read come first.
import { useState } from "preact/hooks";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { Table } from "../ui/table";
import { SMS_OUTCOME } from "../words/messages";

type Sms = Schemas["IncomingSmsOut"];
const PAGE = 50;

export function IncomingSms() {
  const t = useTranslation();
  const [outcome, setOutcome] = useState("help");
  const [cursor, setCursor] = useState("");
  const query = {
    limit: PAGE,
    ...(outcome ? { outcome: outcome as NonNullable<Sms["outcome"]> } : {}),
    ...(cursor ? { cursor } : {}),
  };
  const list = useQuery(
    () => callApi(client.GET("/api/v1/messages/sms", { params: { query } })),
    `incoming ${outcome} ${cursor}`,
    false,
  );
  return (
    <section aria-labelledby="incoming" data-testid="incoming">
      <h2 id="incoming">{t("incoming_sms")}</h2>
      <p class="quiet">{t("incoming_mean")}</p>
      <form class="row" onSubmit={(event) => event.preventDefault()}>
        <label>
          {t("sms_outcome")}
          <select
            value={outcome}
            onChange={(event) => (setCursor(""), setOutcome(event.currentTarget.value))}
            data-testid="sms-outcome"
          >
            <option value="">{t("all")}</option>
            {Object.keys(SMS_OUTCOME).map((code) => (
              <option key={code} value={code}>
                {t.code(SMS_OUTCOME, code)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={list.reload}>
          {t("reload")}
        </button>
      </form>
      <Loaded query={list}>
        {(data) =>
          data.items.length === 0 ? (
            <p class="quiet" data-testid="no-incoming">
              {t("no_incoming")}
            </p>
          ) : (
            <Table
              caption={t("count_incoming", { n: data.items.length })}
              heads={[t("sms_received"), t("sms_words"), t("sms_outcome"), t("sms_answer"), t("delivery_case")]}
              testid="incoming-table"
            >
              {data.items.map((item) => (
                <tr key={item.id} data-testid={`sms-${item.id}`}>
                  <th scope="row">
                    {t.at(item.received_at)} <small>{item.phone ?? t("address_erased")}</small>
                  </th>
                  <td class="words">{item.words ?? <span class="quiet">{t("words_erased")}</span>}</td>
                  <td>{t.code(SMS_OUTCOME, item.outcome)}</td>
                  <td class="words">{item.reply ?? ""}</td>
                  <td>
                    {item.incident_id ? (
                      <a href={`#/case/${item.incident_id}`}>
                        {t("open_case")}
                        <span class="unseen">: {t.at(item.received_at)}</span>
                      </a>
                    ) : (
                      t("none")
                    )}
                  </td>
                </tr>
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
    </section>
  );
}
