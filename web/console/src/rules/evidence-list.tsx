// What a version of the rules cites, and its plain summary.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { EVIDENCE_KIND, SOLVED } from "../words/rules";

type Item = Schemas["EvidenceShown"];

export function EvidenceList(props: { evidence: Schemas["Evidence"] }) {
  const t = useTranslation();
  const { items, hidden, summary, publish_summary: isPublished } = props.evidence;
  return (
    <>
      {summary && (
        <p data-testid="summary">
          {t.named(summary)} <span class="quiet">{t(isPublished ? "summary_published" : "summary_internal")}</span>
        </p>
      )}
      <h3>{t("evidence")}</h3>
      {items.length === 0 && hidden === 0 && <p class="quiet">{t("no_evidence")}</p>}
      {items.length > 0 && (
        <ul data-testid="evidence">
          {items.map((item) => (
            <li key={`${item.kind} ${item.id}`}>
              {t.code(EVIDENCE_KIND, item.kind)} <Subject item={item} />
              {item.note && ` · ${item.note}`}
            </li>
          ))}
        </ul>
      )}
      {hidden > 0 && <p class="quiet">{t("evidence_hidden", { n: hidden })}</p>}
    </>
  );
}

function Subject(props: { item: Item }) {
  const t = useTranslation();
  const { item } = props;
  if (item.kind === "signal") return <>{t.named(item.sentence)}</>;
  const rating = item.solved && [t.code(SOLVED, item.solved), item.score != null && `${item.score}/5`];
  return (
    <>
      <a href={`#/case/${item.href.split("/").pop()}`}>{item.case_no}</a>
      {rating && ` (${t.list(rating.filter((part): part is string => !!part))})`}
    </>
  );
}
