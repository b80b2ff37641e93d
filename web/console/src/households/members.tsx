// Members of a household. Names and numbers are masked; a field is shown in full for a purpose, which is recorded.
import { useState } from "preact/hooks";
import { CARE } from "../../../src/care-words";
import { hasPermission, useMe } from "../hooks/use-me";
import { useMutation } from "../hooks/use-mutation";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Dialog } from "../ui/dialog";
import { MutationStatus } from "../ui/mutation-status";
import { PurposeFields, readPurpose } from "../ui/purpose-fields";
import { Table } from "../ui/table";
import { RESIDENT_FIELD } from "../words/households";
import { PURPOSES } from "../words/purposes";

type Resident = Schemas["ResidentOut"];
type Revealed = Schemas["ResidentRevealed"];

export function Members(props: { members: Resident[] }) {
  const t = useTranslation();
  const me = useMe();
  const [asked, setAsked] = useState<Resident | null>(null);
  const yesOrNo = (value: boolean | null | undefined) =>
    value === null || value === undefined ? t("not_known") : t(value ? "yes" : "no");
  return (
    <section aria-labelledby="household-members" data-testid="members">
      <h2 id="household-members">{t("household_members")}</h2>
      {props.members.length === 0 ? (
        <p class="quiet">{t("no_members")}</p>
      ) : (
        <Table
          caption={t("count_members", { n: props.members.length })}
          heads={[
            t("account_name"),
            t("telephone_of"),
            t("email_of"),
            t("lives_here"),
            t("registered_here"),
            t("care_tags"),
            t("row_actions"),
          ]}
          testid="member-table"
        >
          {props.members.map((member) => (
            <tr key={member.id}>
              <th scope="row">{member.name}</th>
              <td>{member.phone ?? t("no_value")}</td>
              <td>{member.email ?? t("no_value")}</td>
              <td>{yesOrNo(member.lives_here)}</td>
              <td>{yesOrNo(member.is_registered_here)}</td>
              <td>
                {member.care?.map((tag) => (
                  <div key={tag.id}>
                    {t("care_until", {
                      what: t.code(CARE, tag.kind),
                      purpose: tag.purpose ?? "",
                      day: t.day(tag.ends_on),
                    })}
                  </div>
                ))}
              </td>
              <td>
                {hasPermission(me, "resident:reveal") && (
                  <button type="button" class="small" onClick={() => setAsked(member)} data-testid="reveal">
                    {t("reveal")}
                    <span class="unseen">: {member.name}</span>
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {asked && <Disclosure member={asked} onClose={() => setAsked(null)} />}
    </section>
  );
}

/** The values are held by this dialog only, and are gone when it is closed. */
function Disclosure(props: { member: Resident; onClose: () => void }) {
  const t = useTranslation();
  const mutation = useMutation();
  const [revealed, setRevealed] = useState<Revealed | null>(null);
  const { member } = props;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form).getAll("fields") as Schemas["RevealResident"]["fields"];
    const body = { ...readPurpose<Schemas["RevealResident"]["purpose"]>(form), fields };
    const params = { path: { resident_id: member.id ?? "" } };
    await mutation.run(async () =>
      setRevealed(await callApi(client.POST("/api/v1/residents/{resident_id}/reveal", { params, body }))),
    );
  };
  return (
    <Dialog title={t("reveal_of", { name: member.name ?? "" })} onClose={props.onClose} testid="disclosure">
      {revealed ? (
        <dl data-testid="revealed">
          {Object.entries(RESIDENT_FIELD)
            .filter(([field]) => field in revealed)
            .map(([field]) => (
              <>
                <dt key={`${field} name`}>{t.code(RESIDENT_FIELD, field)}</dt>
                <dd key={field}>{revealed[field as keyof Revealed] ?? t("no_value")}</dd>
              </>
            ))}
        </dl>
      ) : (
        <form class="stack" onSubmit={(event) => void submit(event)}>
          <p>{t("reveal_means")}</p>
          <fieldset>
            <legend>{t("reveal_fields")}</legend>
            {Object.keys(RESIDENT_FIELD).map((field) => (
              <label key={field} class="check">
                <input type="checkbox" name="fields" value={field} defaultChecked={field === "phone"} />{" "}
                {t.code(RESIDENT_FIELD, field)}
              </label>
            ))}
          </fieldset>
          <PurposeFields purposes={PURPOSES} />
          <MutationStatus mutation={mutation} />
          <span class="buttons">
            <button class="main" disabled={mutation.isBusy} data-testid="confirm-reveal">
              {t("reveal")}
            </button>
          </span>
        </form>
      )}
    </Dialog>
  );
}
